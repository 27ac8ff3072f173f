package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// errBadAnswer marks an answer that came whole and is not what it should be:
// asking again does not mend it.
var errBadAnswer = errors.New("the answer cannot be read")

// A Request asks a store for something: it is any request but a put, and may be
// sent more than once, one attempt after the other.
type Request struct {
	// Method is GET where it is empty.
	Method string
	// Path is what follows the endpoint, such as "/api/query": nothing, or a
	// text that begins with one "/" and stays below the endpoint.
	Path string
	// Query is what follows the question mark, encoded; it may be empty.
	Query string
	// ContentType is that of Body; it may be empty.
	ContentType string
	// Body is sent as it is.
	Body []byte
	// Read reads the body of a 2xx, decompressed, to its end. It is called once
	// for each attempt that got so far. Errors of body are to be passed on or
	// wrapped; one that wraps io.ErrUnexpectedEOF means that the answer was cut
	// off, and is tried again; all others are final. It runs in a goroutine of its
	// own, which an attempt that ran out of time does not wait for: what it fills in
	// is for the caller where the outcome is Delivered.
	Read func(body io.Reader) error
	// Stream is set where the body may be of any length, and is read as it comes: no
	// bound of answers holds, and the time-out is for what comes next, not for all.
	Stream bool

	running atomic.Int32 // calls of Read that have not returned
}

// Busy tells whether Read is still at an answer of an attempt that did not wait
// for it.
func (r *Request) Busy() bool { return r.running.Load() != 0 }

// Do makes one attempt at a request. The outcome is [Delivered] where Read took the
// answer, and [Hold] where the request cannot be made.
func (c *Client) Do(ctx context.Context, r *Request) Outcome {
	if err := checkRequest(r); err != nil {
		return c.locate(Outcome{Verdict: Hold, Err: err})
	}
	x := exchange{
		method:  r.Method,
		url:     c.endpoint.base + r.Path,
		body:    r.Body,
		headers: http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}},
		stream:  r.Stream,
		receive: func(ctx context.Context, a *answer, resp *http.Response) { c.receive(ctx, a, resp, r) },
	}
	if r.Query != "" {
		x.url += "?" + r.Query
	}
	if r.ContentType != "" {
		x.headers.Set("Content-Type", r.ContentType)
	}
	return c.try(ctx, x)
}

// from reads a body within ctx. Where it does not return in time, the error is
// errNotReturned.
func (r *Request) from(ctx context.Context, g *guard, body func() (io.Reader, error)) error {
	if err := g.ready(ctx); err != nil {
		return err
	}
	r.running.Add(1)
	_, err := guardedAnyway(ctx, g, func() (none struct{}, err error) {
		defer r.running.Add(-1)
		b, err := body()
		if err == nil {
			err = r.Read(b)
		}
		return none, err
	}, nil)
	return err
}

// receive hands the body of a 2xx to Read, and keeps that of an error.
func (c *Client) receive(ctx context.Context, a *answer, resp *http.Response, r *Request) {
	most := c.maxAnswer
	if r.Stream && a.ok() {
		most = math.MaxInt64 - 1
	}
	wire := &boundedReader{r: resp.Body, left: most}
	open := func() (io.Reader, error) { return decompressed(resp.Header, wire, most) }
	if !a.ok() || a.isPage() {
		body, _ := open() // or nothing
		a.body, _ = readText(body)
		return
	}
	err := error(ErrAnswerTooLarge)
	if resp.ContentLength <= most {
		err = r.from(ctx, &c.readers, open)
	}
	var foreign *callError
	switch {
	case errors.Is(err, errNotReturned) || errors.As(err, &foreign): // wire is not to be looked at
		a.err = explain(err, a.redact)
	case wire.err != nil && err != nil:
		a.err = explain(wire.err, a.redact)
	case errors.Is(err, io.ErrUnexpectedEOF):
		a.err = explain(fmt.Errorf("the answer was cut off: %w", err), a.redact)
	case err != nil:
		a.err = explain(fmt.Errorf("%w: %w", errBadAnswer, err), a.redact)
	}
}

// errBadRequest marks a request that is never sent.
var errBadRequest = errors.New("the request cannot be made: its method, path, query or content type is not valid")

// checkRequest refuses what would lead to another place than below the endpoint,
// or add to the request.
func checkRequest(r *Request) error {
	switch {
	case strings.ContainsFunc(r.Method, notToken):
		return refusedPart("method", "is a word")
	case !ValidPath(r.Path):
		return refusedPart("path", `is empty, or begins with one "/" and holds no other before a part, no part that is "." or "..", and no "?", "#", "\" or control character`)
	case strings.ContainsFunc(r.Query, func(c rune) bool { return c <= ' ' || c == '#' || c == 0x7f }):
		return refusedPart("query", `holds no "#", space or control character`)
	case strings.ContainsFunc(r.ContentType, notValue):
		return refusedPart("content type", "holds no control character")
	}
	return nil
}

func refusedPart(part, is string) error {
	return fmt.Errorf("%w: the %s %s", errBadRequest, part, is)
}

// ValidPath tells whether a path may follow an endpoint: it stays below it.
func ValidPath(path string) bool {
	if path == "" {
		return true
	}
	plain, err := url.PathUnescape(path)
	if err != nil || path[0] != '/' || strings.ContainsFunc(path, notInPath) || strings.Contains(path, "//") {
		return false
	}
	for part := range strings.FieldsFuncSeq(plain, func(c rune) bool { return c == '/' || c == '\\' }) {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}

func notInPath(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`?#\`, c) }
