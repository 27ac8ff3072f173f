package query

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apptuitai/apptuit-go/transport"
)

// ErrTooLarge says that an answer is larger than [transport.WithMaxAnswerBytes]
// allows.
var ErrTooLarge = transport.ErrAnswerTooLarge

// An Error is a query without a result. errors.Is and errors.As find its cause:
// the context's error, [ErrTooLarge], or what the network said.
type Error struct {
	// Status is the HTTP status of the last answer, 0 where none came or none was
	// asked for.
	Status int
	// Message is what the server said about an error, on one line, at most 256
	// characters and without any secret.
	Message string
	// Err is the cause, with the endpoint's host in front where it was asked.
	Err error
}

// Error returns one line: where, what was wrong, and what to do about it.
func (e *Error) Error() string { return fmt.Sprintf("apptuit: query: %v", e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// failed returns the error of a request without an answer.
func (c *Client) failed(err error) *Error {
	e := &Error{Err: err}
	var asked *transport.AskError
	if errors.As(err, &asked) {
		e = &Error{Status: asked.Status, Message: asked.Text, Err: asked.Err}
	}
	if errors.Is(err, ErrTooLarge) {
		e.Err = fmt.Errorf("%w: the bound is %d bytes: ask for less time, for fewer series or in pieces (InPieces), or allow more (WithMaxAnswerBytes)", e.Err, c.maxBytes)
	}
	return e
}

const endsEarly = "the answer ends early"

var errBroken = errors.New("the answer is damaged, or not compressed as it says,")

// broken is the error of an answer that cannot be read to its end. What the reader
// says may hold any part of the answer: only what is known is passed on.
func broken(at int64, err error) *decodeError {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &decodeError{at, endsEarly, io.ErrUnexpectedEOF}
	}
	for _, known := range []error{ErrTooLarge, io.ErrNoProgress, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return &decodeError{at, known.Error(), known}
		}
	}
	return &decodeError{at, errBroken.Error(), errBroken}
}

// A decodeError is an answer that is not of the known shape. It never shows
// what the answer holds.
type decodeError struct {
	offset int64 // of the byte, counted from 0, after decompression
	text   string
	err    error // nil, or one of those that broken knows
}

func (e *decodeError) Error() string { return fmt.Sprintf("%s at byte %d", e.text, e.offset) }

func (e *decodeError) Unwrap() error { return e.err }
