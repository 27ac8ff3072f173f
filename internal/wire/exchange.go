package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// An exchange is one request and how its answer is read.
type exchange struct {
	points      int // that are sent
	method, url string
	put         *http.Header // the headers of a put, beside those of all requests; nil for others
	body        []byte
	headers     http.Header // those of others
	// grace is how long the body is waited for where the status says it all; 0: as
	// long as the attempt may take.
	grace time.Duration
	// stream: the time-out is for each part of the answer, not for all of it.
	stream bool
	// receive reads the body of the answer into the answer, within ctx.
	receive func(ctx context.Context, a *answer, resp *http.Response)
}

// try makes one attempt at an exchange, within the time-out and ctx, and says
// what came of it.
func (c *Client) try(ctx context.Context, x exchange) Outcome {
	limited, cancel := lasting(ctx, c.timeout, x.stream)
	defer cancel()
	g, err := c.credential.grant(limited)
	if err != nil {
		return c.locate(failed(ctx, c.ended(ctx, limited, c.tokens.who+" has not returned", err)))
	}
	facts := &attempt{sent: payload{body: x.body}}
	a := &facts.answer
	a.points, a.redact = x.points, c.credential.redact
	c.do(facts.trace(limited), cancel, x, facts, g)
	if a.err != nil {
		a.err = c.ended(ctx, limited, c.missing(facts), a.err)
	}
	c.settle(ctx, limited, facts)
	o := classify(*a)
	facts.facts(&o)
	o.Lent = a.left || facts.sent.lent()
	o.Timeout = isTimeoutWithin(ctx, a.err)
	if o.TokenRefused {
		c.credential.refused.Store(&g.token)
	}
	return c.locate(o)
}

// failed is the outcome of an attempt that ended before its request.
func failed(ctx context.Context, err error) Outcome {
	o := classifyFailure(err)
	o.Timeout = isTimeoutWithin(ctx, err)
	return o
}

// settle lets go of connections that may be dead: those on which an attempt ran
// out of time, and those beside them that no one uses.
func (c *Client) settle(ctx, limited context.Context, facts *attempt) {
	facts.over(errors.Is(limited.Err(), context.DeadlineExceeded))
	if isTimeoutWithin(ctx, facts.answer.err) {
		c.CloseIdleConnections()
	}
}

// missing says what did not come in time.
func (c *Client) missing(facts *attempt) string {
	switch {
	case facts.answer.ok():
		return "the answer was not read to its end"
	case facts.wrote.Load():
		return "no answer"
	case !c.ownsHTTP && !facts.connected.Load():
		return c.foreign.who + " has not returned"
	}
	return "the request was not written"
}

// do sends the request and reads the answer. cancel ends both.
func (c *Client) do(ctx context.Context, cancel func(), x exchange, facts *attempt, g *grant) {
	a := &facts.answer
	req, err := c.requests.make(ctx, x, &facts.sent, g)
	if err != nil {
		a.err = explain(err, a.redact)
		return
	}
	resp, err := c.send(ctx, req)
	if err != nil {
		a.left = errors.Is(err, errNotReturned)
		a.err = explain(err, a.redact)
		return
	}
	a.status, a.header = resp.StatusCode, resp.Header
	resp.Body = c.guardBody(ctx, resp)
	if p, ok := ctx.Value(patienceKey{}).(*patience); ok {
		resp.Body = &patientBody{resp.Body, p}
	}
	if x.grace > 0 && a.saysAll() && resp.Body != http.NoBody {
		defer time.AfterFunc(x.grace, cancel).Stop()
	}
	defer resp.Body.Close()
	if c.ownsHTTP && (a.status == http.StatusForbidden || a.status == http.StatusProxyAuthRequired) {
		a.proxy = proxyOf(c.http, req)
	}
	if a.status >= 200 { // else the body is the bare connection, or nothing
		x.receive(ctx, a, resp)
	}
}

// send makes the request. What http.Client adds to its transport, jar, time-out
// and redirects, a client made here does not have.
func (c *Client) send(ctx context.Context, req *http.Request) (*http.Response, error) {
	if !c.ownsHTTP {
		resp, err := guarded(ctx, &c.foreign, func() (*http.Response, error) { return foreignTrip(c.http, req) }, closeLate)
		if err != nil && saysProxyRefuses(err) {
			err = &proxyError{status: http.StatusProxyAuthRequired}
		}
		return resp, err
	}
	resp, err := c.http.Transport.RoundTrip(req)
	if err != nil && isPlainHTTP(err) {
		err = http.ErrSchemeMismatch // as http.Client has it
	}
	if err != nil && isTLSAlert(err) {
		err = errTLSPort
	}
	return resp, err
}

// foreignTrip makes the request by a client that was given. Where it is a transport
// and nothing else, http.Client would only copy the request.
func foreignTrip(client *http.Client, req *http.Request) (*http.Response, error) {
	if client.Jar != nil || client.Timeout != 0 || client.Transport == nil {
		return client.Do(req)
	}
	resp, err := client.Transport.RoundTrip(req)
	switch {
	case err != nil && isPlainHTTP(err):
		return nil, http.ErrSchemeMismatch // as http.Client has it
	case err != nil:
		return nil, err
	case resp == nil:
		return nil, errNoAnswer
	case resp.Body == nil:
		resp.Body = http.NoBody
	}
	return resp, nil
}

// errNoAnswer says that a RoundTripper returned neither an answer nor an error.
var errNoAnswer = errors.New("the RoundTripper of the HTTP client returned neither an answer nor an error")

// closeLate takes an answer that nobody waits for any more.
func closeLate(resp *http.Response) {
	if resp != nil {
		resp.Body.Close()
	}
}

// guardBody returns the body of an answer such that reading it ends with ctx, and
// closing it too. What net/http gives to a client made here does that, but for
// the connection that comes with a status below 200.
func (c *Client) guardBody(ctx context.Context, resp *http.Response) io.ReadCloser {
	if resp.Body == http.NoBody || c.ownsHTTP && resp.StatusCode >= 200 {
		return resp.Body
	}
	return &guardedBody{ctx: ctx, guard: &c.foreign, body: resp.Body}
}

// isPlainHTTP tells whether a server answered a handshake without TLS.
func isPlainHTTP(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/"
}

// isTLSAlert tells whether a server answered a request without TLS by what TLS
// calls an alert.
func isTLSAlert(err error) bool {
	return strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`)
}

// ended replaces an error that only says that a context ended by which one, and
// by what was missing then.
func (c *Client) ended(ctx, limited context.Context, missing string, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	if limited.Err() != nil {
		return &timeoutError{after: c.timeout, missing: missing}
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
