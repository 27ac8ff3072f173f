package sender

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// A takingWire takes all batches, once it is open.
type takingWire struct {
	wire.Wire
	open  chan struct{}
	taken atomic.Int64
}

func (w *takingWire) Put(ctx context.Context, b encoding.Batch) wire.Outcome {
	select {
	case <-w.open:
	case <-ctx.Done():
		return wire.Outcome{Verdict: wire.Retry, Err: ctx.Err()}
	}
	w.taken.Add(int64(b.Points))
	return wire.Outcome{Verdict: wire.Delivered, Status: 204}
}

func (w *takingWire) Fits(encoding.Batch) bool { return true }
func (w *takingWire) Endpoint() string         { return "http://store.test" }

// drainMany queues collections of batches of one point, and returns what all of that
// costs the processors.
func drainMany(t testing.TB, collections, batches int) time.Duration {
	w := &takingWire{open: make(chan struct{})}
	s := New(Config{Wire: w, Queue: queue.NewMemory(1 << 30), Handle: func(err error) { t.Error(err) }, Free: func([]byte) {}})
	begun := heaptest.CPU()
	one := make([]encoding.Batch, batches)
	for i := range one {
		one[i] = encoding.Batch{Body: make([]byte, 50), Points: 1}
	}
	for range collections {
		s.Enqueue(one)
	}
	close(w.open)
	if err := s.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	took := heaptest.CPU() - begun
	if n := w.taken.Load(); n != int64(collections*batches) || s.Stats().Sent != uint64(n) {
		t.Errorf("%d points arrived", n)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return took
}

// 16 times as many batches take about 16 times as long, as one collection and as
// many.
func TestManyBatchesDrainInLinearTime(t *testing.T) {
	const few, times = 4_000, 16
	for name, drain := range map[string]func(n int) time.Duration{
		"one collection":   func(n int) time.Duration { return drainMany(t, 1, n) },
		"many collections": func(n int) time.Duration { return drainMany(t, n, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			wantLinear(t, few, times, drain)
		})
	}
}

// wantLinear wants times as many to cost no more than three times as much for each of
// them, best of three.
func wantLinear(t *testing.T, few, times int, round func(n int) time.Duration) {
	t.Helper()
	var small, large time.Duration
	for range 3 {
		small, large = round(few), round(few*times)
		if large <= 3*time.Duration(times)*small {
			return
		}
	}
	t.Errorf("%d cost %v, and %d times as many %v", few, small, times, large)
}

// BenchmarkDrainMany queues and drains as many batches as an outage of a day leaves.
func BenchmarkDrainMany(b *testing.B) {
	for b.Loop() {
		drainMany(b, 1, 132_104)
	}
}

// Memory of bodies is kept for what exports ask for, and not for a burst.
func TestBodiesOfABurstComeBack(t *testing.T) {
	var p Bodies
	export := func(bodies int) {
		p.Next()
		var all [][]byte
		for range bodies {
			all = append(all, p.Room(30<<10))
		}
		for _, body := range all {
			p.Free(body)
		}
	}
	export(2000)
	for range keepBodies + 2 {
		export(5)
	}
	if p.bytes > keepBytes {
		t.Errorf("%d bytes are kept", p.bytes)
	}
	for range 2000 { // bodies that were read from a disk
		p.Free(make([]byte, 30<<10))
	}
	if p.bytes > keepBytes {
		t.Errorf("%d bytes of a backlog are kept", p.bytes)
	}
	var kept int
	for class, all := range p.free {
		for _, f := range all {
			kept += cap(f.memory)
			if cap(f.memory) < class {
				t.Errorf("%d bytes are said to fill %d", cap(f.memory), class)
			}
		}
	}
	if kept != p.bytes {
		t.Errorf("%d bytes are kept, and %d counted", kept, p.bytes)
	}
}

// Many bodies are given and taken in a time that does not grow with their number.
func TestManyBodiesInLinearTime(t *testing.T) {
	round := func(n int) time.Duration {
		var p Bodies
		begun := heaptest.CPU()
		for range 3 {
			p.Next()
			all := make([][]byte, n)
			for i := range all {
				all[i] = p.Room(20 + i%500)
			}
			for _, body := range all {
				p.Free(body)
			}
		}
		return heaptest.CPU() - begun
	}
	wantLinear(t, 2000, 16, round)
}

// Collections are known for as long as batches of them wait, and no longer.
func TestCollectionsAreForgotten(t *testing.T) {
	c := collections{5, 9, 10, 20}
	for seq, want := range map[uint64]uint64{1: 0, 4: 0, 5: 5, 8: 5, 9: 9, 10: 10, 19: 10, 20: 20, 99: 20} {
		if got := c.of(seq); got != want {
			t.Errorf("%d is of %d, want %d", seq, got, want)
		}
	}
	if c.forget(12); !slices.Equal(c, collections{10, 20}) {
		t.Errorf("known are %v", c)
	}
	if c.forget(99); !slices.Equal(c, collections{20}) {
		t.Errorf("known are %v", c)
	}
}
