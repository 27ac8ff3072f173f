package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/transport"
)

// path is where an endpoint answers queries.
const path = "/api/query"

// DefaultTimeout bounds one attempt at a query.
const DefaultTimeout = 180 * time.Second

// A Client asks one endpoint for series. It is made by [New], and is safe for
// any number of goroutines.
type Client struct {
	transport *transport.Client
	maxBytes  int64
	prom      string       // the path of the Prometheus API
	getOnly   *atomic.Bool // the Prometheus API takes no POST
	pieces    pieces       // how long one request may ask for
}

// New returns a client. It does no I/O. The error joins everything that is
// wrong with the options and the environment.
func New(opts ...Option) (*Client, error) {
	c := &Client{getOnly: new(atomic.Bool)}
	all := append([]Option{transport.WithDefaultTimeout(DefaultTimeout)}, opts...)
	t, err := transport.New(append(all, reading(c))...)
	if err := errors.Join(err, checkPath(c.prom)); err != nil {
		return nil, err
	}
	c.transport, c.maxBytes = t, min(t.MaxAnswerBytes(), maxMaxBytes)
	return c, nil
}

// Query runs a text in the query language, best written by [Fetch] and
// [Outputs], over the time from start to end. Both ends belong to it; a zero
// end means now. The endpoint is asked for whole seconds, and points beyond
// start or end, which it can answer with, are left out of the result.
//
// What can pass is tried again: a broken connection, a time-out, 408, 425, 429
// and most 5xx, with growing waits and as the endpoint's Retry-After wishes,
// until ctx ends, or 5 times where ctx has no deadline ([transport.WithMaxAttempts]). The
// error is an [*Error].
func (c *Client) Query(ctx context.Context, text string, start, end time.Time) (*Result, error) {
	if err := check(text, start, end); err != nil {
		return nil, &Error{Err: err}
	}
	spans, err := c.pieces.spans(start, end)
	if err != nil {
		return nil, &Error{Err: err}
	}
	return joined(spans, func(s span) (*Result, error) { return c.query(ctx, text, s) })
}

func (c *Client) query(ctx context.Context, text string, s span) (*Result, error) {
	return c.ask(ctx, transport.Request{Path: path, Query: encode(text, s.start, s.end)}, s.within, (*decoder).result)
}

// ask sends a request, whose answer a method of the decoder reads.
func (c *Client) ask(ctx context.Context, r transport.Request, within answer.TimeRange, read func(*decoder) (*Result, error)) (*Result, error) {
	var result *Result
	r.Read = func(body io.Reader) (err error) {
		result, err = newDecoder(body, within, c.maxBytes).whole(read)
		return err
	}
	if err := c.transport.Ask(ctx, r); err != nil {
		return nil, c.failed(err)
	}
	return result, nil
}

// check finds what needs no server to be found wrong.
func check(query string, start, end time.Time) error {
	if problem, ok := strings.CutPrefix(query, invalidMark); ok {
		return errors.New("the query was not built: " + text.Field(strings.TrimSuffix(problem, ")")))
	}
	if strings.TrimSpace(query) == "" {
		return errors.New("the query is empty")
	}
	return checkTimes(start, end)
}

func checkTimes(start, end time.Time) error {
	switch {
	case start.IsZero():
		return errors.New("the query has no start")
	case !end.IsZero() && end.Before(start):
		return errors.New("the query's end is before its start")
	}
	return nil
}

// encode writes what follows the question mark: seconds, rounded outwards, and
// the text with every space as %20, which all servers read alike.
func encode(text string, start, end time.Time) string {
	q := "start=" + strconv.FormatInt(start.Unix(), 10)
	if !end.IsZero() {
		up := end.Add(time.Second - time.Nanosecond)
		q += "&end=" + strconv.FormatInt(up.Unix(), 10)
	}
	return q + "&q=" + strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// Transport returns the connection, for requests to what else the endpoint
// offers: they get the same credentials, retries and bounds.
func (c *Client) Transport() *transport.Client { return c.transport }

// PromPath returns what [WithPromPath] set, for who asks for more of the Prometheus API
// by [Client.Transport].
func (c *Client) PromPath() string { return c.prom }

// MaxAnswerBytes returns what [transport.WithMaxAnswerBytes] allows, for who decodes answers
// of [Client.Transport].
func (c *Client) MaxAnswerBytes() int64 { return c.maxBytes }

// Endpoint returns where the client asks, for logs: it holds no secret.
func (c *Client) Endpoint() string { return c.transport.Endpoint() }

// String names the client by its endpoint. So does every verb of fmt, and slog: a
// client shows nothing of its inside, and may be printed while it works.
func (c Client) String() string {
	if c.transport == nil {
		return "apptuit query client of nothing"
	}
	return "apptuit query client of " + c.Endpoint()
}

// Format writes [Client.String], whatever the verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is [Client.String].
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// CloseIdleConnections closes the connections that no query uses. Those of a
// client given by [transport.WithHTTPClient] are left to their owner.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }
