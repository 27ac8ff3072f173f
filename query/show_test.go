package query

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/transport"
)

// No error repeats more than the beginning of a text, and that escaped.
func TestErrorsShowLittle(t *testing.T) {
	for _, s := range []string{strings.Repeat("x", 1<<20), strings.Repeat("\x1b[31m", 1<<16), strings.Repeat("\xff", 1<<16), strings.Repeat("\u202e\U0010ffff", 1000), "\x00"} {
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{
			nettest.Status(200, `{"`+s+`":1}`), nettest.Status(200, `{"outputs":[{"result":[{"dps":[[1,"`+s+`"]]}]}]}`),
			nettest.Status(400, s), nettest.Status(503, s), nettest.Fails(errors.New(s)), nettest.Status(200, "", "Content-Encoding", s),
		}}, transport.WithMaxAttempts(1))
		var errs []error
		for range 6 {
			_, err := c.Query(t.Context(), "x"+s, noon, noon)
			errs = append(errs, err)
		}
		_, err := c.Query(t.Context(), invalidMark+s, noon, noon)
		errs = append(errs, err, Fetch(s).As(s).Err(), Fetch(s).Where(s, Operator(s), s).Err(), Outputs(Fetch(s)).Err(),
			Fetch(s).Downsample(time.Millisecond, Aggregator(s)).Err())
		const broke = 4 // of the replies
		for i, err := range errs {
			for e := err; e != nil; e = errors.Unwrap(e) {
				if i == broke && e != err {
					break // what is behind an error of the network is the connection's
				}
				text := fmt.Sprintf("%v", e)
				if len([]rune(text)) > 600 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Errorf("%d, of %.20q: %d bytes: %T %.300q", i, s, len(text), e, text)
				}
			}
		}
	}
}

// What an answer ends with when it cannot be read may hold anything: none of it is
// passed on, but that it was cut off, was too large, or took too long is.
func TestBrokenAnswersShowNothing(t *testing.T) {
	secret := errors.New("the secret")
	for _, err := range []error{secret, fmt.Errorf("x: %w", secret), errors.Join(ErrTooLarge, secret)} {
		got := fmt.Sprint(broken(7, err))
		for e := error(broken(7, err)); e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "secret") || errors.Is(e, secret) {
				t.Errorf("%v leads to %v", got, e)
			}
		}
	}
	for _, known := range []error{ErrTooLarge, t.Context().Err()} {
		if known != nil && !errors.Is(broken(7, fmt.Errorf("x: %w", known)), known) {
			t.Errorf("%v is lost", known)
		}
	}
}
