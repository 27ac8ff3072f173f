package query

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
func broken(at int64, err error) *decodeError {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &decodeError{at, endsEarly, io.ErrUnexpectedEOF}
	}
	for _, known := range []error{wire.ErrAnswerTooLarge, io.ErrNoProgress, context.Canceled, context.DeadlineExceeded} {
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
