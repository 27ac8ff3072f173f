package answer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

const endsEarly = "the answer ends early"

var errBroken = errors.New("the answer is damaged, or not compressed as it says,")

// broken is the error of an answer that cannot be read to its end. What the reader
// says may hold any part of the answer: only what is known is passed on.
func broken(at int64, err error) *Error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{at, endsEarly, io.ErrUnexpectedEOF}
	}
	for _, known := range []error{wire.ErrAnswerTooLarge, io.ErrNoProgress, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return &Error{at, known.Error(), known}
		}
	}
	return &Error{at, errBroken.Error(), errBroken}
}

// An Error is an answer that is not of the known shape. It never shows
// what the answer holds.
type Error struct {
	Offset int64 // of the byte, counted from 0, after decompression
	text   string
	err    error // nil, or one of those that broken knows
}

func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.text, e.Offset) }

func (e *Error) Unwrap() error { return e.err }
