package sender

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

func newAgentWire(t *testing.T, addr string) wire.Wire {
	t.Helper()
	s := wire.NewSettings()
	s.Lookup, s.XCollector = nil, wire.Given("WithXCollector", addr)
	x, err := s.Wire()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.CloseIdleConnections)
	return x
}

// onePoints are batches of a point each, numbered by their values.
func onePoints(t *testing.T, n int) []encoding.Batch {
	t.Helper()
	e := encoding.NewEncoder(encoding.Config{Compression: encoding.CompressNone, MaxPoints: 1})
	s, err := encoding.NewSeries(encoding.SanitizeApptuit, "m", encoding.Tag{Key: "k", Value: "v"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := e.Append(encoding.Point{Series: s, Time: time.Unix(1_700_000_000+int64(i), 0), Value: encoding.Int(int64(i))}); err != nil {
			t.Fatal(err)
		}
	}
	return e.Flush()
}

// Of what goes to an agent one batch is on its way at a time, though all is well; of
// what goes to a store there are four.
func TestDatagramsGoOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for want, out := range map[int]wire.Wire{1: newAgentWire(t, "127.0.0.1:1"), maxLanes: &takingWire{}} {
			s := newState(Config{Wire: out, Queue: queue.NewMemory(1 << 20), Free: func([]byte) {}})
			s.enqueue(onePoints(t, 8))
			for n := 0; ; n++ {
				if i, _ := s.next(time.Now()); i == nil {
					if n != want {
						t.Errorf("%s: %d batches at a time, want %d", out.Endpoint(), n, want)
					}
					break
				}
			}
		}
	})
}

// An agent gets points in the order in which they came.
func TestAnAgentGetsPointsInOrder(t *testing.T) {
	const points = 64
	a := nettest.NewAgent(t, "127.0.0.1:0")
	s := New(Config{Wire: newAgentWire(t, a.Addr), Queue: queue.NewMemory(1 << 20), Handle: func(err error) { t.Error(err) }, Free: func([]byte) {}})
	s.Enqueue(onePoints(t, points))
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var came []string
	for end := time.Now().Add(10 * time.Second); len(came) < points && time.Now().Before(end); time.Sleep(time.Millisecond) {
		came = strings.Split(strings.TrimSpace(strings.Join(a.All(), "")), "\n")
	}
	for i, line := range came {
		if fields := strings.Fields(line); len(fields) < 3 || fields[2] != strconv.Itoa(i) {
			t.Fatalf("line %d is %q", i, line)
		}
	}
	if len(came) != points {
		t.Errorf("%d lines", len(came))
	}
}
