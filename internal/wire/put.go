package wire

import (
	"context"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// bodyGrace is how long the body of a 2xx or a 413 is waited for: the status says it
// all.
const bodyGrace = time.Second

// Put makes one attempt to store a batch, within [Client.Timeout] and ctx, and says
// what came of it. It never tries again. Where ctx ended, the verdict is Retry
// and Err is ctx's error. An empty batch is delivered without a request.
//
// Foreign code, such as a token source or the client of WithHTTPClient, that does
// not return in time, panics or ends its goroutine costs the attempt. While some of
// its calls hang, further attempts fail at once.
func (c *Client) Put(ctx context.Context, b encoding.Batch) Outcome {
	if b.Points == 0 {
		return Outcome{Verdict: Delivered, NoRequest: true}
	}
	o := c.try(ctx, exchange{
		points:  b.Points,
		method:  http.MethodPost,
		url:     c.endpoint.put,
		put:     putHeaders(b.Compression),
		body:    b.Body,
		grace:   bodyGrace,
		receive: receivePut,
	})
	o.Bytes = len(b.Body)
	c.limit.learn(b, o)
	return o
}

// putHeaders returns the headers of a batch. They are only read.
func putHeaders(c encoding.Compression) *http.Header {
	if !c.Valid() {
		c = encoding.CompressNone // the server finds out what it is
	}
	return &headersOf[c]
}

// headersOf has them by compression.
var headersOf = func() (all []http.Header) {
	for c := encoding.Compression(0); c.Valid(); c++ {
		h := http.Header{"Content-Type": {"application/json"}}
		if enc := c.ContentEncoding(); enc != "" {
			h.Set("Content-Encoding", enc)
		}
		all = append(all, h)
	}
	return all
}()

func receivePut(ctx context.Context, a *answer, resp *http.Response) {
	if resp.Body == http.NoBody {
		return
	}
	var err error
	a.body, err = readText(resp.Body) // the status counts, and as much as came
	a.cut = err != nil && ctx.Err() != nil
}
