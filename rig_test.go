package apptuit_test

import (
	"context"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// A rig is an exporter, the wire to its store, and the books: what was
// exported, and what the error handler heard.
type rig struct {
	*apptuit.Exporter
	*wire
	t      *testing.T
	bubble bool // time is fake

	mu    sync.Mutex
	times []int64 // the time of each point exported, by its value
	heard []error
}

// inBubble runs a test of an exporter in fake time, and shuts it down.
func inBubble(t *testing.T, test func(t *testing.T, r *rig), opts ...apptuit.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(apptuittest.NewUnstartedServer())
		own := []apptuit.Option{
			apptuit.WithEndpoint("https://store.test"),
			apptuit.WithHTTPClient(&http.Client{Transport: w}),
		}
		r := newRig(t, w, append(own, opts...)...)
		r.bubble = true
		test(t, r)
		r.end()
	})
}

// elapse lets d pass, and what is then to be done be done.
func elapse(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var silent = log.New(io.Discard, "", 0)

// newRig makes an exporter with a token.
func newRig(t *testing.T, w *wire, opts ...apptuit.Option) *rig {
	t.Helper()
	r := &rig{wire: w, t: t}
	own := []apptuit.Option{withTokens(func() string { return "secret" }), apptuit.WithErrorHandler(r.hear)}
	var err error
	if r.Exporter, err = apptuit.New(append(own, opts...)...); err != nil {
		t.Fatal(err)
	}
	return r
}

func withTokens(token func() string) apptuit.Option {
	return apptuit.WithTokenSource(func(context.Context) (string, error) { return token(), nil })
}

// end shuts down without waiting for anything.
func (r *rig) end() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = r.Shutdown(ctx) // what is left is the test's business
}

func (r *rig) hear(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, err)
}

// settle waits until all that can be done now is done.
func (r *rig) settle() {
	if r.bubble {
		synctest.Wait()
	}
}

// all returns what the error handler heard.
func (r *rig) all() []error {
	r.settle()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard)
}

// points makes n points of now. The value of each is its number among all that
// were exported.
func (r *rig) points(n int) *metricdata.ResourceMetrics {
	r.mu.Lock()
	defer r.mu.Unlock()
	points := make([]metricdata.DataPoint[int64], n)
	for i := range points {
		points[i] = metricdata.DataPoint[int64]{
			Attributes: attribute.NewSet(attribute.String("id", strconv.Itoa(i))),
			Time:       time.Now(), Value: int64(len(r.times)),
		}
		r.times = append(r.times, time.Now().Unix())
	}
	return &metricdata.ResourceMetrics{
		Resource: resource.Empty(),
		ScopeMetrics: []metricdata.ScopeMetrics{{
			Metrics: []metricdata.Metrics{{Name: "g", Data: metricdata.Gauge[int64]{DataPoints: points}}},
		}},
	}
}

func (r *rig) export(n int) error { return r.Export(context.Background(), r.points(n)) }

// accept exports n points and wants no error.
func (r *rig) accept(n int) {
	r.t.Helper()
	if err := r.export(n); err != nil {
		r.t.Errorf("Export: %v", err)
	}
}

// wantStored wants each of the points exported to be stored once, with its own
// time, but for those of the numbers without.
func (r *rig) wantStored(without ...int64) {
	r.t.Helper()
	r.wantStoredTimes(1, without...)
}

func (r *rig) wantStoredTimes(times int, without ...int64) {
	r.t.Helper()
	r.settle()
	stored := map[int64]int{}
	for _, p := range r.store.Points() {
		n, _ := strconv.ParseInt(p.Value.String(), 10, 64)
		stored[n]++
		if p.Time.Unix() != r.times[n] {
			r.t.Errorf("point %d has the time %d, want %d", n, p.Time.Unix(), r.times[n])
		}
	}
	want := map[int64]int{}
	for n := range r.times {
		want[int64(n)] = times
	}
	for _, n := range without {
		delete(want, n)
	}
	if !maps.Equal(stored, want) {
		r.t.Errorf("stored %d of %d points, want %d: %v", len(stored), len(r.times), len(want), stored)
	}
}

// wantHeard wants the error handler to have heard errors with these texts.
func (r *rig) wantHeard(texts ...string) {
	r.t.Helper()
	heard := r.all()
	if len(heard) != len(texts) {
		r.t.Errorf("heard %q, want %q", heard, texts)
		return
	}
	for i, text := range texts {
		if !strings.Contains(heard[i].Error(), text) {
			r.t.Errorf("heard %q, want %q", heard[i], text)
		}
	}
}

// The two states of a store that people hear of.
const (
	begins = "points are kept and sent later"
	holds  = "points are kept until this is mended"
	ends   = "takes points again"
)

type dropped map[encoding.Reason]int

// wantStats wants all that was exported to be sent or dropped, and none kept.
func (r *rig) wantStats(drops dropped) {
	r.t.Helper()
	r.settle()
	s := r.Stats()
	lost := uint64(0)
	for reason, n := range drops {
		lost += uint64(n)
		if s.Dropped[reason] != uint64(n) {
			r.t.Errorf("%d dropped as %s, want %d", s.Dropped[reason], string(reason), n)
		}
	}
	if s.Sent+lost != uint64(len(r.times)) || s.QueuedPoints != 0 || s.QueuedBatches != 0 || s.QueuedBytes != 0 {
		r.t.Errorf("of %d points: %+v", len(r.times), s)
	}
}

// wantKept wants an error that says that n points are kept, and why.
func (r *rig) wantKept(err error, n int, text string) {
	r.t.Helper()
	var e *transport.SendError
	if !errors.As(err, &e) || e.Kept != n || len(e.Dropped) > 0 || e.Unsent > 0 {
		r.t.Errorf("got %v, want %d points kept", err, n)
		return
	}
	if !strings.Contains(err.Error(), text) {
		r.t.Errorf("%q does not say %q", err, text)
	}
}

// wantDropped wants an error that says that n points are dropped, and why.
func (r *rig) wantDropped(err error, n int, reason encoding.Reason) *transport.SendError {
	r.t.Helper()
	var e *transport.SendError
	if !errors.As(err, &e) || e.Dropped[reason] != n || len(e.Dropped) != 1 || !errors.Is(err, reason) {
		r.t.Fatalf("got %v, want %d points dropped as %s", err, n, string(reason))
	}
	return e
}

// within wants f to return in at most d.
func (r *rig) within(d time.Duration, f func()) {
	r.t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > d {
		r.t.Errorf("it took %v, want at most %v", took, d)
	}
}

// shutdown gives Shutdown this long.
func (r *rig) shutdown(d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return r.Shutdown(ctx)
}

// delta selects delta temporality for everything.
func delta(sdkmetric.InstrumentKind) metricdata.Temporality { return metricdata.DeltaTemporality }

// stamp gives all points of a collection another time.
func stamp(rm *metricdata.ResourceMetrics, at time.Time) {
	points := rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.Gauge[int64]).DataPoints
	for i := range points {
		points[i].Time = at
	}
}

// heap returns how much is in use after a collection of garbage; the second one
// takes what finalizers and pools held back.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
