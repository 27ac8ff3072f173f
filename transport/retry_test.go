package transport

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// The handler of warnings hears once of what is tried again, before the wait, and not
// of what is not.
func TestWhatIsTriedAgainIsTold(t *testing.T) {
	fails, busy, done := nettest.Fails(refused), nettest.Status(503, "busy "+testToken), nettest.Status(204, "")
	for name, tt := range map[string]struct {
		replies []nettest.Reply
		heard   string
	}{
		"no failure":    {[]nettest.Reply{done}, ""},
		"refused":       {[]nettest.Reply{fails, busy, fails, done}, "connection refused"},
		"busy":          {[]nettest.Reply{busy, fails, done}, "status 503"},
		"not a success": {[]nettest.Reply{nettest.Status(401, "no")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for way, call := range map[string]func(context.Context, *Client) error{
				"send": func(ctx context.Context, c *Client) error { return deliverBatch(ctx, c, nettest.Batch(2)) },
				"ask":  func(ctx context.Context, c *Client) error { return c.Ask(ctx, newQuestion().Request) },
			} {
				synctest.Test(t, func(t *testing.T) {
					var heard []string
					began := time.Now()
					c := dial(t, &nettest.Wire{Replies: tt.replies}, WithWarningHandler(func(err error) {
						heard = append(heard, err.Error())
						if waited := time.Since(began); waited > 0 {
							t.Errorf("%s: told after %v", way, waited)
						}
					}))
					_ = call(t.Context(), c)
					all := strings.Join(heard, "\n")
					if (len(heard) == 1) != (tt.heard != "") || !strings.Contains(all, tt.heard) || strings.Contains(all, testToken) {
						t.Errorf("%s: heard %q", way, heard)
					}
					if tt.heard != "" && !strings.HasPrefix(all, "apptuit: trying again: ") {
						t.Errorf("%s: %q", way, all)
					}
				})
			}
		})
	}
}

// What would be tried again behind the end of its context is not.
func TestTheLastAttemptIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Fails(refused)}}, WithWarningHandler(func(err error) { t.Error(err) }))
		if err := deliverBatch(ctx, c, nettest.Batch(1)); err == nil {
			t.Error("no error")
		}
	})
}

func TestNobodyHearsOfRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Fails(refused), nettest.Status(204, "")}}, WithWarningHandler(nil))
		if err := deliverBatch(t.Context(), c, nettest.Batch(1)); err != nil {
			t.Error(err)
		}
	})
}
