package query

import (
	"errors"
	"fmt"

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
