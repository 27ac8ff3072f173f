package apptuit_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

func TestShutdownWithoutADeadlineTakesTheTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(refused)
		r.accept(3)
		began := time.Now()
		r.wantDropped(r.Shutdown(context.Background()), 3, apptuit.ErrShutdown)
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("Shutdown took %v, want WithTimeout's 7s", took)
		}
	}, apptuit.WithTimeout(7*time.Second))
}

// Where a person has to act first, more waiting mends nothing.
func TestShutdownUnderAHoldReturnsEarly(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(status(401, ""))
		r.wantKept(r.export(3), 3, "check the token")
		r.accept(2)
		elapse(time.Hour)
		r.within(0, func() { r.wantDropped(r.shutdown(time.Minute), 5, apptuit.ErrShutdown) })
		r.wantHeard("5 of 5 points dropped (shutdown: 5): store.test: status 401 Unauthorized: check the token")
		r.wantStats(dropped{apptuit.ErrShutdown: 5})
	})
}

func TestForceFlushSaysWhatIsLeft(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(refused)
		r.accept(3)
		r.within(10*time.Second, func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := r.ForceFlush(ctx)
			r.wantKept(err, 3, "connection refused")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the end of the context is not in %v", err)
			}
		})
		r.BreakDown(status(404, ""))
		r.within(0, func() { r.wantKept(r.ForceFlush(t.Context()), 3, "status 404") })
		r.Heal()
		r.within(0, func() {
			if err := r.ForceFlush(t.Context()); err != nil {
				t.Errorf("ForceFlush: %v", err)
			}
		})
		synctest.Wait()
		r.wantStored()
		r.wantHeard(begins, holds, ends)
	})
}

func TestAfterShutdown(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.accept(3)
		if err := r.shutdown(time.Minute); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		r.within(0, func() {
			if err := r.Export(t.Context(), r.points(0)); !errors.Is(err, sdkmetric.ErrExporterShutdown) {
				t.Errorf("Export: %v, want ErrExporterShutdown", err)
			}
			if err := r.Shutdown(t.Context()); err != nil {
				t.Errorf("Shutdown, again: %v", err)
			}
			if err := r.ForceFlush(t.Context()); err != nil {
				t.Errorf("ForceFlush: %v", err)
			}
		})
		r.wantStored()
		r.wantStats(nil)
	})
}

// Nobody waits for what Shutdown gave up.
func TestShutdownReleasesAllOthers(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(hangs(true))
		var wg sync.WaitGroup
		wg.Go(func() { r.accept(3) })
		synctest.Wait()
		wg.Go(func() { r.accept(2) })
		wg.Go(func() {
			if err := r.ForceFlush(t.Context()); !errors.Is(err, sdkmetric.ErrExporterShutdown) {
				t.Errorf("ForceFlush: %v, want ErrExporterShutdown", err)
			}
		})
		synctest.Wait()
		r.within(time.Second, func() {
			r.wantDropped(r.shutdown(time.Second), 5, apptuit.ErrShutdown)
			wg.Wait()
			if err := r.ForceFlush(t.Context()); !errors.Is(err, sdkmetric.ErrExporterShutdown) {
				t.Errorf("ForceFlush: %v, want ErrExporterShutdown", err)
			}
		})
		r.wantHeard("5 of 5 points dropped (shutdown: 5): https://store.test: ")
		r.wantStats(dropped{apptuit.ErrShutdown: 5})
	})
}

// Foreign code that does not heed its context cannot keep Shutdown.
func TestShutdownWaitsForNobodyForLong(t *testing.T) {
	stubborn := func(*http.Request) (*http.Response, error) {
		time.Sleep(time.Hour)
		return nil, errReset
	}
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(stubborn)
		go r.accept(3)
		synctest.Wait()
		r.within(6*time.Second, func() { r.wantDropped(r.shutdown(5*time.Second), 3, apptuit.ErrShutdown) })
		elapse(2 * time.Hour)
		r.wantHeard("3 of 3 points dropped (shutdown: 3): https://store.test: ")
		r.wantStats(dropped{apptuit.ErrShutdown: 3})
	})
}

// The part of a batch that was stored or dropped before is not lost.
func TestShutdownCountsWhatBecameOfParts(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.store.Inject(rejecting("Please throttle", 0))
		r.accept(3)
		r.store.Inject(badRequestOn(3))
		if s := r.Stats(); s.Sent != 2 || s.QueuedPoints != 1 {
			t.Errorf("before: %+v", s)
		}
		r.wantDropped(r.shutdown(time.Second), 1, apptuit.ErrShutdown)
		r.wantStored(0)
		r.wantStats(dropped{apptuit.ErrShutdown: 1})
	})
}

// A counting program records by one counter, and reads it by a PeriodicReader with delta
// temporality.
type counting struct {
	provider *sdkmetric.MeterProvider
	counter  metric.Int64Counter
	sum      float64
}

const interval = 10 * time.Second

func newCounting(t *testing.T, r *rig, name string) *counting {
	t.Helper()
	reader := sdkmetric.NewPeriodicReader(r.Exporter, sdkmetric.WithInterval(interval))
	p := &counting{provider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))}
	var err error
	if p.counter, err = p.provider.Meter("test").Int64Counter(name); err != nil {
		t.Fatal(err)
	}
	return p
}

// run records for some intervals.
func (p *counting) run(intervals int) {
	for range intervals * 4 {
		p.counter.Add(context.Background(), 3)
		p.sum += 3
		time.Sleep(interval / 4)
	}
}

// arrived sums what the store has of a counter.
func (r *rig) arrived(name string) (sum float64) {
	for _, p := range r.store.Points() {
		if strings.HasPrefix(p.Series.Metric(), name) {
			sum += p.Value.Float64()
		}
	}
	return sum
}

func wantSum(t *testing.T, r *rig, p *counting, name string) {
	t.Helper()
	if got := r.arrived(name); got != p.sum {
		t.Errorf("%s: %v arrived, want %v", name, got, p.sum)
	}
}

var withDelta = apptuit.WithTemporalitySelector(delta)

func TestReaderWithDeltasThroughOutages(t *testing.T) {
	for name, fault := range map[string]reply{
		"refused": refused, "token": status(401, ""), "hangs": hangs(false), "asks to wait": status(429, "", "Retry-After", "90"),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				p := newCounting(t, r, "calls")
				p.run(5)
				r.BreakDown(fault)
				p.run(30)
				r.Heal()
				p.run(20)
				if err := p.provider.Shutdown(t.Context()); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
				wantSum(t, r, p, "calls")
				if n := len(r.store.Points()); n < 52 {
					t.Errorf("%d points, want one for each of 55 intervals but for those of one time-out", n)
				}
			}, withDelta)
		})
	}
}

// Shutdown cancels the Export in flight, whose points must not be lost.
func TestReaderShutsDownDuringAnExport(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		p := newCounting(t, r, "calls")
		p.run(1)
		r.Play(hangs(true))
		p.run(2)
		if n := len(r.store.Points()); n > 1 {
			t.Fatalf("%d points arrived while the store hangs", n)
		}
		if err := p.provider.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		wantSum(t, r, p, "calls")
	}, withDelta)
}

func TestReaderShutsDownInAnOutage(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		p := newCounting(t, r, "calls")
		p.run(3)
		r.BreakDown(refused)
		p.run(3)
		r.within(5*time.Second, func() {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			err := p.provider.Shutdown(ctx)
			if err == nil || !strings.Contains(err.Error(), "points dropped (shutdown: ") {
				t.Errorf("Shutdown: %v, want how many points are lost", err)
			}
		})
	}, withDelta)
}

func TestReadersShareAnExporter(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		a, b := newCounting(t, r, "calls_a"), newCounting(t, r, "calls_b")
		var wg sync.WaitGroup
		wg.Go(func() { a.run(10) })
		wg.Go(func() { b.run(7) })
		r.Play(times(9, refused)...)
		wg.Wait()
		if err := errors.Join(b.provider.ForceFlush(t.Context()), a.provider.Shutdown(t.Context())); err != nil {
			t.Error(err)
		}
		wantSum(t, r, a, "calls_a")
		wantSum(t, r, b, "calls_b")
		_ = b.provider.Shutdown(t.Context()) // the exporter has ended already
	}, withDelta)
}
