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
	"time"

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
}

// New returns a client. It does no I/O. The error joins everything that is
// wrong with the options and the environment.
func New(opts ...Option) (*Client, error) {
	t, err := transport.New(append([]Option{transport.WithDefaultTimeout(DefaultTimeout), transport.ForQueries()}, opts...)...)
	if err != nil {
		return nil, err
	}
	return &Client{transport: t, maxBytes: min(t.MaxAnswerBytes(), maxMaxBytes)}, nil
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
	var result *Result
	err := c.transport.Ask(ctx, transport.Request{
		Path:  path,
		Query: encode(text, start, end),
		Read: func(body io.Reader) (err error) {
			result, err = decode(body, rangeOf(start, end), c.maxBytes)
			return err
		},
	})
	if err != nil {
		return nil, errorOf(err)
	}
	return result, nil
}

// check finds what needs no server to be found wrong.
func check(query string, start, end time.Time) error {
	if problem, ok := strings.CutPrefix(query, invalidMark); ok {
		return errors.New("the query was not built: " + text.Field(strings.TrimSuffix(problem, ")")))
	}
	switch {
	case strings.TrimSpace(query) == "":
		return errors.New("the query is empty")
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
