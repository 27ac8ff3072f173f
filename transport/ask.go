package transport

import (
	"context"
	"errors"
	"io"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// defaultAttempts is how often Ask tries where ctx sets no end to it.
const defaultAttempts = 5

// ErrAnswerTooLarge says that an answer is larger than [WithMaxAnswerBytes] allows.
var ErrAnswerTooLarge = wire.ErrAnswerTooLarge

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
	// is for the caller where Ask returns no error.
	Read func(body io.Reader) error
	// Stream is for an answer of any length, which Read takes as it comes.
	// [WithMaxAnswerBytes] does not bound it, and [WithTimeout] bounds the wait for the
	// answer and then for each part of it. Once the answer has begun, the request is not
	// sent again: Read may have passed on a part of it.
	Stream bool
}

// An AskError is a request without an answer. errors.Is finds its cause: the
// context's error, [ErrAnswerTooLarge], or what the network said.
type AskError struct {
	// Status is the HTTP status of the last answer, 0 where none came.
	Status int
	// Text is what the server said about an error, on one line, at most 256
	// characters and without any secret.
	Text string
	// Err is the cause, with the endpoint's host in front.
	Err error
}

// Error returns one line: where, what was wrong, and what to do about it.
func (e *AskError) Error() string { return "apptuit: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *AskError) Unwrap() error { return e.Err }

// errNoAnswers says why an agent cannot be asked.
var errNoAnswers = errors.New("WithXCollector is given: an agent answers nothing")

// Ask sends a request until it is answered. It tries again, with growing waits and
// as Retry-After wishes, what may pass later; not what a person has to change, and
// not what the store refuses. It stops where ctx ends or would end before the next
// attempt, and after [WithMaxAttempts].
//
// The error is an [*AskError] of the last attempt, nil where Read took the answer.
// Where ctx ended the attempts, errors.Is finds its error beside the cause of the
// attempts before.
func (c *Client) Ask(ctx context.Context, r Request) error {
	if c.http == nil {
		return &AskError{Err: errNoAnswers}
	}
	o := c.retry(ctx, c.asking(ctx, r))
	if o.Err == nil {
		return nil
	}
	return &AskError{Status: o.Status, Text: o.Text, Err: o.Err}
}

// asking returns the attempts at a request.
func (c *Client) asking(ctx context.Context, r Request) func() (wire.Outcome, delivery.Step) {
	request := &wire.Request{Method: r.Method, Path: r.Path, Query: r.Query, ContentType: r.ContentType, Body: r.Body, Read: r.Read, Stream: r.Stream}
	most := c.maxAttempts(ctx)
	var o wire.Outcome
	n := 0
	return func() (wire.Outcome, delivery.Step) {
		if request.Busy() { // its reader still holds what is the caller's
			return o, delivery.StepDone
		}
		o = c.http.Do(ctx, request)
		n++
		switch {
		case o.Verdict != wire.Retry || n == most || r.Stream && o.Status/100 == 2:
			return o, delivery.StepDone
		case n == 1 && o.Stale():
			return o, delivery.StepProceed
		}
		return o, delivery.StepWait
	}
}

// maxAttempts returns how often to try, 0 for until ctx ends.
func (c *Client) maxAttempts(ctx context.Context) int {
	if _, ends := ctx.Deadline(); ends || c.attempts > 0 {
		return c.attempts
	}
	return defaultAttempts
}
