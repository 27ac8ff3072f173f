package answer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

// What an answer ends with when it cannot be read may hold anything: none of it is
// passed on, but that it was cut off, was too large, or took too long is.
func TestBrokenAnswersShowNothing(t *testing.T) {
	secret := errors.New("the secret")
	for _, err := range []error{secret, fmt.Errorf("x: %w", secret), errors.Join(wire.ErrAnswerTooLarge, secret)} {
		got := fmt.Sprint(broken(7, err))
		for e := error(broken(7, err)); e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "secret") || errors.Is(e, secret) {
				t.Errorf("%v leads to %v", got, e)
			}
		}
	}
	for _, known := range []error{wire.ErrAnswerTooLarge, t.Context().Err()} {
		if known != nil && !errors.Is(broken(7, fmt.Errorf("x: %w", known)), known) {
			t.Errorf("%v is lost", known)
		}
	}
}
