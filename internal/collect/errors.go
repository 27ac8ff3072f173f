package collect

import (
	"errors"

	"github.com/apptuitai/apptuit-go/internal/text"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// An Error is what went wrong in callbacks and producers.
type Error struct {
	What string
	Err  error // foreign
}

// Error returns one line.
func (e *Error) Error() string {
	const begin = "apptuit: a callback of an instrument, or a producer, "
	if e.Err == nil {
		return begin + e.What
	}
	return begin + e.What + ": " + text.Line(e.Err.Error())
}

// Unwrap returns the foreign error.
func (e *Error) Unwrap() error { return e.Err }

// Unusable tells whether an error is of a reader that cannot collect at all.
func Unusable(err error) bool {
	return errors.Is(err, sdkmetric.ErrReaderNotRegistered) || errors.Is(err, sdkmetric.ErrReaderShutdown)
}

// Joined returns the one error among errs as it is, and several joined.
func Joined(errs ...error) error {
	var one error
	for i, err := range errs {
		if err == nil {
			continue
		}
		if one != nil {
			return errors.Join(append([]error{one}, errs[i:]...)...)
		}
		one = err
	}
	return one
}
