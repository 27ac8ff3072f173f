package apptuit

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/queue"
)

// A brokenSpool holds a batch that its disk does not give.
type brokenSpool struct {
	queue.Queue
	err error
}

func (q *brokenSpool) Take() (queue.Entry, bool)   { return queue.Entry{}, false }
func (q *brokenSpool) Lasts(uint64) bool           { return true }
func (q *brokenSpool) Volatile() queue.Size        { return queue.Size{} }
func (q *brokenSpool) Failure() error              { return q.err }
func (q *brokenSpool) Close(context.Context) error { return nil }

// Where a disk fails, more waiting mends nothing: who waits is told the disk's
// error, and how many points are in it.
func TestFlushAndShutdownTellWhatTheDiskHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, err := newConfig([]Option{env(nil), WithEndpoint("http://localhost:1"), WithoutToken()})
		if err != nil {
			t.Fatal(err)
		}
		out, err := cfg.newWire()
		if err != nil {
			t.Fatal(err)
		}
		var heard []error
		n := &notifier{handle: func(err error) { heard = append(heard, err) }}
		broken := errors.New("spool: read x.seg: input/output error")
		q := &brokenSpool{Queue: queue.NewMemory(1000), err: broken}
		q.Queue.Push(encoding.Batch{Points: 66})
		s := newSender(out, n, q, true, func([]byte) {})
		began := time.Now()
		for _, call := range []func(context.Context) error{s.flush, s.close} {
			err := call(context.Background())
			var report *delivery.Report
			if !errors.As(err, &report) || report.Kept != 66 || !errors.Is(err, broken) {
				t.Errorf("%v, want 66 points and the disk's error", err)
			}
		}
		if time.Since(began) > 0 {
			t.Errorf("it took %v", time.Since(began))
		}
		if len(heard) == 0 || !strings.Contains(heard[0].Error(), "66 of 66 points kept in the queue: spool: read x.seg") {
			t.Errorf("heard %v", heard)
		}
	})
}
