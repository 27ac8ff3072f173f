package wire

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// bodyGrace is how long the body of a 2xx is waited for: the status says it all.
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

// A putForm is what puts of one kind under one grant have in common. It is only read.
type putForm struct {
	kind          *http.Header
	grant         *grant
	*http.Request // without a body and a context
}

// putForm returns that of a put, which is mostly that of the last one.
func (c *Client) putForm(x exchange, g *grant) (*putForm, error) {
	if last := c.lastForm.Load(); last != nil && last.kind == x.put && last.grant == g {
		return last, nil
	}
	req, err := c.newRequest(context.Background(), x)
	if err != nil {
		return nil, err
	}
	req.Header = c.heads(*x.put, g)
	form := &putForm{x.put, g, req}
	c.lastForm.Store(form)
	return form, nil
}

// heads returns all headers of a request: its own, and those of every request.
func (c *Client) heads(own http.Header, g *grant) http.Header {
	all := g.headers.Clone()
	if all == nil {
		all = http.Header{}
	}
	maps.Copy(all, own)
	all["User-Agent"] = c.userAgent
	return all
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

func receivePut(_ context.Context, a *answer, resp *http.Response) {
	if resp.Body != http.NoBody {
		a.body = readText(resp.Body) // the status counts, and as much as came
	}
}
