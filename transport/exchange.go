package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
)

// An exchange is one request and how its answer is read.
type exchange struct {
	points      int // that are sent
	method, url string
	body        []byte
	headers     http.Header // beside those of all requests
	// receive reads the body of the answer into the answer; cancel ends the
	// attempt.
	receive func(a *answer, resp *http.Response, cancel func())
}

// try makes one attempt at an exchange, within the time-out and ctx, and says
// what came of it.
func (c *Client) try(ctx context.Context, x exchange) Outcome {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	g, err := c.credential.grant(limited)
	if err != nil {
		return c.locate(classifyFailure(c.ended(ctx, limited, false, err)))
	}
	var facts attempt
	sent := payload{body: x.body}
	a := c.do(facts.trace(limited), cancel, x, &sent, g)
	if a.err != nil {
		a.err = c.ended(ctx, limited, facts.wrote.Load(), a.err)
	}
	o := classify(a)
	facts.facts(&o)
	o.Lent = sent.lent()
	o.Timeout = a.err != nil && ctx.Err() == nil && isTimeout(a.err)
	if o.Status == http.StatusUnauthorized || o.Status == http.StatusForbidden {
		c.credential.refused.Store(&g.token)
	}
	return c.locate(o)
}

// do sends the request and reads the answer. cancel ends both.
func (c *Client) do(ctx context.Context, cancel func(), x exchange, sent *payload, g grant) answer {
	a := answer{points: x.points, redact: c.credential.redact}
	req, err := c.request(ctx, x, sent, g)
	if err != nil {
		a.err = explain(err, a.redact)
		return a
	}
	resp, err := c.send(req)
	if err != nil {
		a.err = explain(err, a.redact)
		return a
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	x.receive(&a, resp, cancel)
	return a
}

// send makes the request. What http.Client adds to its transport, jar, time-out
// and redirects, a client made here does not have.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	if !c.ownsHTTP {
		return c.http.Do(req)
	}
	resp, err := c.http.Transport.RoundTrip(req)
	if err != nil && isPlainHTTP(err) {
		err = http.ErrSchemeMismatch // as http.Client has it
	}
	return resp, err
}

// isPlainHTTP tells whether a server answered a handshake without TLS.
func isPlainHTTP(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/"
}

func (c *Client) request(ctx context.Context, x exchange, sent *payload, g grant) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, x.method, x.url, nil)
	if err != nil || req.URL.Scheme != c.endpoint.scheme || req.URL.Host != c.endpoint.host {
		return nil, errBadRequest
	}
	sent.attach(req)
	req.Header = g.headers
	for name, values := range x.headers {
		req.Header[name] = values
	}
	req.Header["User-Agent"] = c.userAgent
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

// locate says where it went wrong.
func (c *Client) locate(o Outcome) Outcome {
	if o.Err != nil {
		o.Err = fmt.Errorf("%s: %w", c.endpoint.host, o.Err)
	}
	return o
}
