package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// bodyGrace is how long the body of a 2xx is waited for: the status says it all.
const bodyGrace = time.Second

// Put makes one attempt to store a batch, within [WithTimeout] and ctx, and says
// what came of it. It never tries again. Where ctx ended, the verdict is Retry
// and Err is ctx's error. An empty batch is delivered without a request.
func (c *Client) Put(ctx context.Context, b encoding.Batch) Outcome {
	if b.Points == 0 {
		return Outcome{Verdict: Delivered}
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	g, err := c.credential.grant(limited)
	if err != nil {
		return c.locate(classifyFailure(c.ended(ctx, limited, false, err)))
	}
	var try attempt
	a := c.post(try.trace(limited), cancel, b, g)
	if a.err != nil {
		a.err = c.ended(ctx, limited, try.wrote.Load(), a.err)
	}
	o := classify(a)
	try.facts(&o)
	o.Timeout = a.err != nil && ctx.Err() == nil && isTimeout(a.err)
	c.learn(b, g, o)
	return c.locate(o)
}

// post sends the request and reads the answer. cancel ends both.
func (c *Client) post(ctx context.Context, cancel func(), b encoding.Batch, g grant) answer {
	a := answer{points: b.Points, mask: masker(g.secrets)}
	req, err := c.request(ctx, b, g)
	if err != nil {
		a.err = explain(err, a.mask)
		return a
	}
	resp, err := c.http.Do(req)
	if err != nil {
		a.err = explain(err, a.mask)
		return a
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	if a.status >= 200 && a.status < 300 {
		defer time.AfterFunc(bodyGrace, cancel).Stop()
	}
	a.body, _ = io.ReadAll(io.LimitReader(resp.Body, maxBody)) // the status counts, and as much as came
	return a
}

// request sets the length and GetBody by the type of its reader, so nothing is
// chunked and HTTP/2 can replay it.
func (c *Client) request(ctx context.Context, b encoding.Batch, g grant) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.putURL(), bytes.NewReader(b.Body))
	if err != nil {
		return nil, err
	}
	req.Header = g.headers
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if enc := b.Compression.ContentEncoding(); enc != "" {
		req.Header.Set("Content-Encoding", enc)
	}
	return req, nil
}

// ended replaces an error that only says that a context ended by which one.
func (c *Client) ended(ctx, limited context.Context, wrote bool, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	if limited.Err() != nil {
		return &timeoutError{after: c.timeout, wrote: wrote}
	}
	return err
}

// learn keeps what an outcome tells of the store.
func (c *Client) learn(b encoding.Batch, g grant, o Outcome) {
	switch {
	case o.Verdict == Halve:
		c.limit.tooLarge(b)
	case o.Verdict == Delivered:
		c.limit.passed(b)
	case o.Status == http.StatusUnauthorized || o.Status == http.StatusForbidden:
		c.credential.refused.Store(&g.token)
	}
}

// locate says where it went wrong.
func (c *Client) locate(o Outcome) Outcome {
	if o.Err != nil {
		o.Err = fmt.Errorf("%s: %w", c.endpoint.host, o.Err)
	}
	return o
}
