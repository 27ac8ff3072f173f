package apptuit_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
)

// Ten minutes without a store, at an interval of ten seconds with 10,000 series in 20
// batches: each collection after that is stored within one interval, whatever waits,
// and the backlog drains with four batches on the wire at a time.
func TestFreshWhileABacklogDrains(t *testing.T) {
	for _, rtt := range []time.Duration{time.Millisecond, 50 * time.Millisecond} {
		for name, opts := range map[string][]apptuit.Option{
			"memory": {apptuit.WithQueueSize(128 << 20)},
			"spool":  {apptuit.WithQueueSize(8 << 20), apptuit.WithSpool(spoolDir(t), apptuit.SpoolWithoutSync())},
		} {
			t.Run(fmt.Sprint(name, " ", rtt), func(t *testing.T) {
				opts := append(opts, apptuit.WithCompression(encoding.CompressNone), apptuit.WithoutHostTag(), apptuit.WithMaxBatch(outageSeries/20))
				inBubble(t, func(t *testing.T, r *rig) { freshness(t, r, rtt) }, opts...)
			})
		}
	}
}

func freshness(t *testing.T, r *rig, rtt time.Duration) {
	store, rm := newSink(), r.points(outageSeries)
	var exported []time.Time
	collect := func() {
		exported = append(exported, time.Now())
		stamp(rm, time.Now())
		if err := r.Export(t.Context(), rm); err != nil {
			t.Errorf("Export: %v", err)
		}
		elapse(interval)
	}
	r.BreakDown(refused)
	for range 60 {
		collect()
	}
	back := time.Now()
	r.BreakDown(after(rtt, store.take))
	for range 12 {
		collect()
	}
	elapse(time.Minute)
	var stored time.Time // when the backlog was
	var late time.Duration
	for i, at := range exported {
		n, last := store.arrived(at.Unix())
		if n != outageSeries {
			t.Errorf("collection %d: %d points are stored", i, n)
		}
		switch late = last.Sub(at); {
		case i < 60:
			stored = latest(stored, last)
		case late > interval:
			t.Errorf("collection %d, after the outage, was stored after %v", i, late)
		}
	}
	// Of each 20 batches four are on the wire at a time; those that are fresh go
	// between, and an attempt is only made after a wait.
	drained := stored.Sub(back)
	if most := interval + 60*20/4*rtt*5/4; drained > most {
		t.Errorf("the backlog took %v, want at most %v", drained, most)
	}
	t.Logf("the backlog of %d points took %v, the last fresh collection %v", 60*outageSeries, drained, late)
	if s := r.Stats(); s.Sent != 72*outageSeries || s.QueuedBatches != 0 || len(s.Dropped) > 0 {
		t.Errorf("%+v", s)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Twenty exporters before a store that is away: each finds it within half the time
// that it was away, and not all at once.
func TestExportersFindAStoreThatIsBack(t *testing.T) {
	for _, away := range []time.Duration{3 * time.Second, 10 * time.Second, 20 * time.Second, 2 * time.Minute} {
		for _, inStep := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v in step %t", away, inStep), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { recovery(t, away, inStep) })
			})
		}
	}
}

const exporters = 20

func recovery(t *testing.T, away time.Duration, inStep bool) {
	var work sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	rigs := make([]*rig, exporters)
	for i := range rigs {
		w := newWire(apptuittest.NewUnstartedServer())
		rigs[i] = newRig(t, w, apptuit.WithEndpoint("https://store.test"), apptuit.WithHTTPClient(&http.Client{Transport: w}))
		rigs[i].bubble = true
		w.BreakDown(refused)
		work.Go(func() {
			if !inStep {
				time.Sleep(rand.N(min(interval, away/10)))
			}
			for ctx.Err() == nil {
				_ = rigs[i].export(3)
				select {
				case <-time.After(interval):
				case <-ctx.Done():
				}
			}
		})
	}
	time.Sleep(away)
	back := time.Now()
	arrivals := make([]time.Duration, exporters)
	requests := make([]int, exporters)
	for i, r := range rigs {
		requests[i] = len(r.Requests())
		var once sync.Once
		r.BreakDown(func(req *http.Request) (*http.Response, error) {
			once.Do(func() { arrivals[i] = time.Since(back) })
			return reached(req)
		})
	}
	elapse(away/2 + time.Millisecond)
	cancel()
	work.Wait()
	const parts = 10
	window := min(away/2, interval)
	var histogram [parts + 1]int
	for i, late := range arrivals {
		if late == 0 || late > away/2 {
			t.Errorf("exporter %d was first heard of after %v", i, late)
		}
		histogram[min(int(late*parts/window), parts)]++
		rigs[i].end()
	}
	slices.Sort(arrivals)
	peak := float64(slices.Max(histogram[:])) / (float64(exporters) / parts)
	t.Logf("median %v, last %v, peak over mean %.1f, %v requests before", arrivals[exporters/2], arrivals[exporters-1], peak, slices.Max(requests))
	if peak > 6 {
		t.Errorf("%v of %d exporters come at once", histogram, exporters)
	}
}

// lanes watches how many requests are on the wire, and of how many collections.
type lanes struct {
	mu    sync.Mutex
	times map[int64]int // of the collections on the wire
	now   int
	most  int
	mixed int // the most collections at a time
}

// watch lets a request take a while, and then meet r.
func (l *lanes) watch(d time.Duration, r reply) reply {
	return func(req *http.Request) (*http.Response, error) {
		times, err := timesIn(req)
		if err != nil {
			return nil, err
		}
		l.note(times[0], 1)
		time.Sleep(d)
		l.note(times[0], -1)
		return r(req)
	}
}

func (l *lanes) note(at int64, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.times == nil {
		l.times = map[int64]int{}
	}
	if l.times[at] += n; l.times[at] == 0 {
		delete(l.times, at)
	}
	l.now += n
	l.most = max(l.most, l.now)
	l.mixed = max(l.mixed, len(l.times))
}

// collections returns the most collections at a time.
func (l *lanes) collections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mixed
}

// since returns the most requests at a time since it was last called.
func (l *lanes) since() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	most := l.most
	l.most = l.now
	return most
}

// Four batches are on the wire at a time while all is well, of whatever collections,
// one in trouble, and one until a minute after the last 429.
func TestFourOnTheWire(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		var l lanes
		stored := status(204, "")
		want := func(most int) {
			t.Helper()
			r.settle()
			if got := l.since(); got != most {
				t.Errorf("%d requests at a time, want %d", got, most)
			}
		}
		r.BreakDown(l.watch(time.Second, stored))
		r.within(5*time.Second, func() { r.accept(20) })
		want(4)

		r.BreakDown(l.watch(0, refused)) // a backlog, and no more than one attempt at a time
		r.accept(8)
		r.settle()
		l.since()
		elapse(interval)
		r.accept(8)
		elapse(time.Minute)
		for range 8 {
			r.accept(1) // a collection of one batch
			elapse(2 * time.Second)
		}
		elapse(time.Minute)
		want(1)
		r.BreakDown(l.watch(time.Second, stored))
		elapse(2 * time.Minute) // the longest wait is one
		want(4)
		if most := l.collections(); most != 4 {
			t.Errorf("%d collections of a backlog were on the wire at a time, want 4", most)
		}

		r.BreakDown(l.watch(time.Second, status(429, "")))
		r.accept(8)
		r.settle()
		l.since()
		elapse(2 * time.Second)
		r.BreakDown(l.watch(time.Second, stored))
		elapse(20 * time.Second)
		want(1)
		r.accept(8)
		elapse(10 * time.Second)
		want(1)
		elapse(time.Minute)
		r.accept(8)
		want(4)
		r.settle()
		r.wantStats(nil)
	}, apptuit.WithMaxBatch(1), apptuit.WithCompression(encoding.CompressNone))
}

// While an export waits, what is on the wire is its own, though more came meanwhile.
func TestAnExportIsAloneOnTheWire(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		var l lanes
		r.BreakDown(l.watch(time.Second, status(204, "")))
		begun := time.Now()
		var first sync.WaitGroup
		first.Go(func() { r.accept(10) })
		elapse(time.Second / 2)
		r.within(0, func() { r.accept(8) })
		first.Wait()
		if took := time.Since(begun); took != 3*time.Second || l.collections() != 1 {
			t.Errorf("the export took %v, beside %d collections", took, l.collections()-1)
		}
		elapse(time.Minute)
		r.settle()
		r.wantStats(nil)
	}, apptuit.WithMaxBatch(1), apptuit.WithCompression(encoding.CompressNone))
}

// What a store refuses goes one after the other, so that few requests are made in vain.
func TestASearchIsAloneOnTheWire(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(status(400, "no"))
		r.wantKept(r.export(64), 64, "Bad Request")
		if n := len(r.Requests()); n > 4+8+2 { // those at once, one search, and what tells that others fare the same
			t.Errorf("%d requests", n)
		}
		r.Heal()
		elapse(10 * time.Minute)
		r.wantStored()
		r.wantStats(nil)
	}, apptuit.WithMaxBatch(8))
}
