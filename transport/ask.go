package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
)

// defaultAttempts is how often Ask tries where ctx sets no end to it.
const defaultAttempts = 5

// errBadAnswer marks an answer that came whole and is not what it should be:
// asking again does not mend it.
var errBadAnswer = errors.New("the answer cannot be read")

// A Request asks a store for something: it is any request but a put, and may be
// sent more than once.
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
}

// Ask sends a request until it is answered. It tries again, with growing waits
// and as Retry-After wishes, what may pass later, as [Retry] does; not what a
// person has to change, and not what the store refuses. It stops where ctx ends
// or would end before the next attempt, and after [WithMaxAttempts].
//
// The outcome is that of the last attempt, [Delivered] where Read took the
// answer. Where ctx ended the attempts, errors.Is finds its error in Err beside
// the cause of the attempts before.
func (c *Client) Ask(ctx context.Context, r Request) Outcome {
	if err := checkRequest(r); err != nil {
		return c.locate(Outcome{Verdict: Hold, Err: err})
	}
	waits := NewBackoff()
	reader := &reader{read: r.Read}
	var last Outcome
	for n := 1; ; n++ {
		o := c.try(ctx, c.asking(r, reader))
		if last.Err == nil || ctx.Err() == nil {
			last = o // and not that the context ended while it was being mended
		}
		if o.Verdict != Retry || n == c.maxAttempts(ctx) {
			return last
		}
		if n == 1 && o.stale() {
			continue
		}
		if err := sleep(ctx, waits.Next(o.RetryAfter)); err != nil {
			last.Err = because(last.Err, err)
			return last
		}
		if reader.busy() {
			return last
		}
	}
}

// A reader is what reads the answers to one Ask, one after the other.
type reader struct {
	read func(io.Reader) error
	left atomic.Int32 // calls that were not waited for
}

// busy tells whether the reader is still at an answer of before.
func (r *reader) busy() bool { return r.left.Load() != 0 }

// from reads a body within ctx. Where it does not return in time, the error is
// errNotReturned.
func (r *reader) from(ctx context.Context, g *guard, body func() (io.Reader, error)) error {
	_, err := guarded(ctx, g, func() (struct{}, error) {
		b, err := body()
		if err == nil {
			err = r.read(b)
		}
		return struct{}{}, err
	}, func(struct{}) { r.left.Add(-1) })
	if errors.Is(err, errNotReturned) {
		r.left.Add(1)
	}
	return err
}

// maxAttempts returns how often to try, 0 for until ctx ends.
func (c *Client) maxAttempts(ctx context.Context) int {
	if _, ends := ctx.Deadline(); ends || c.attempts > 0 {
		return c.attempts
	}
	return defaultAttempts
}

func (c *Client) asking(r Request, reader *reader) exchange {
	x := exchange{
		method:  r.Method,
		url:     c.endpoint.base + r.Path,
		body:    r.Body,
		headers: http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}},
		receive: func(ctx context.Context, a *answer, resp *http.Response) { c.receive(ctx, a, resp, reader) },
	}
	if r.Query != "" {
		x.url += "?" + r.Query
	}
	if r.ContentType != "" {
		x.headers.Set("Content-Type", r.ContentType)
	}
	return x
}

// receive hands the body of a 2xx to the reader, and keeps that of an error.
func (c *Client) receive(ctx context.Context, a *answer, resp *http.Response, r *reader) {
	wire := &boundedReader{r: resp.Body, left: c.maxAnswer}
	open := func() (io.Reader, error) { return decompressed(resp.Header, wire, c.maxAnswer) }
	if !a.ok() || a.isPage() {
		body, _ := open() // or nothing
		a.body = readText(body)
		return
	}
	err := error(ErrAnswerTooLarge)
	if resp.ContentLength <= c.maxAnswer {
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
