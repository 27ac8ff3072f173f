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
