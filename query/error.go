package query

import (
	"fmt"

	"github.com/apptuitai/apptuit-go/transport"
)

// ErrTooLarge says that an answer is larger than [WithMaxAnswerBytes] allows.
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

// A decodeError is an answer that is not of the known shape. It never shows
// what the answer holds.
type decodeError struct {
	offset int64 // of the byte, counted from 0, after decompression
	text   string
	err    error // nil, or what reading failed with
}

func (e *decodeError) Error() string { return fmt.Sprintf("%s at byte %d", e.text, e.offset) }

func (e *decodeError) Unwrap() error { return e.err }
