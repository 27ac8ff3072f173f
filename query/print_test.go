package query

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/transport"
)

var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T", "%10.3v"}

// printed returns what every verb of fmt, and slog, make of a value.
func printed(v any) string {
	var out bytes.Buffer
	for _, verb := range verbs {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", struct{ V any }{v})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	return out.String()
}

// A client may be printed while it works, in any way, and says one short line.
func TestPrintingAClientConcurrentSafe(t *testing.T) {
	c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, oneSeries("[[1714564800,1]]")), nettest.Status(503, "busy")}}, transport.WithMaxAttempts(1))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				_, _ = c.Query(t.Context(), "fetch('cpu')", noon, noon)
			}
		})
		wg.Go(func() {
			for range 20 {
				text := printed(c) + printed(*c)
				if strings.Contains(text, testToken) || strings.Count(text, "apptuit query client of https://api.test") < len(verbs) || len(text) > 8000 {
					t.Error(text)
				}
			}
		})
	}
	wg.Wait()
}

func TestPrintingOfNothing(t *testing.T) {
	for want, v := range map[string]any{
		"apptuit query client of nothing": Client{}, "<nil>": (*Client)(nil), "no frame": (*Frame)(nil), "column  of no frame": Column{},
	} {
		if got := fmt.Sprintf("%v", v); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A frame and its columns tell how large they are, and not what is in them.
func TestPrintingAFrame(t *testing.T) {
	f := Output{Series: []Series{column(strings.Repeat("\x1b[31m", 1<<16), make([]Point, 1<<16)...)}}.Frame()
	for _, v := range []any{f, f.ColumnAt(0)} {
		if text := printed(v); len(text) > 20_000 || !strings.Contains(text, "frame of 1 rows and 1 columns") || strings.Contains(text, "\x1b") {
			t.Errorf("%T: %d bytes: %.5000s", v, len(text), text)
		}
	}
}
