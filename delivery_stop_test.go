package apptuit_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// While a backlog drains, however slowly, each export returns at once.
func TestExportNeverWaitsBehindABacklog(t *testing.T) {
	for name, opts := range map[string][]apptuit.Option{"memory": nil, "spool": {apptuit.WithSpool(spoolDir(t))}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.BreakDown(refused)
				for range 20 {
					r.accept(1)
					elapse(10 * time.Second)
				}
				r.BreakDown(after(20*time.Second, reached))
				elapse(2 * time.Minute) // one of them is on the wire
				for range 10 {
					r.within(0, func() { r.accept(1) })
					elapse(10 * time.Second)
				}
				elapse(time.Hour)
				r.wantStored()
				r.wantHeard(begins, ends)
			}, opts...)
		})
	}
}

// An export waits while its own batches are on the wire, and not for another one
// that is tried meanwhile.
func TestExportWaitsForItsOwnBatchesOnly(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.store.Inject(rejecting("Please throttle", 0).Times(1))
		r.accept(1) // it is to be sent again
		r.BreakDown(after(20*time.Second, reached))
		elapse(5 * time.Second) // it is on the wire again
		r.within(0, func() { r.accept(1) })
		r.within(0, func() { r.accept(1) })
		elapse(time.Minute)
		r.wantStored()
	})
}

// A store that refuses whatever it is sent, whoever says so: a handful of
// requests, one message, and nothing is dropped for an hour.
func TestAStoreThatRefusesEverythingIsHeld(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"400": status(400, "no"), "415": status(415, ""), "422": status(422, ""), "413": status(413, ""),
		"400 too big": status(400, "too big packed request"), "101": status(101, ""),
		"web page": status(200, "<html>Please sign in", "Content-Type", "text/html; charset=utf-8"),
	} {
		for _, points := range []int{1, 2, 64} {
			t.Run(fmt.Sprint(name, " ", points), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					r.BreakDown(answer)
					r.wantKept(r.export(points), points, "check the endpoint")
					search := len(r.Requests())
					if most := 2*math.Log2(float64(points)) + 2; float64(search) > most {
						t.Errorf("%d requests at first, want at most %v", search, most)
					}
					for range 5 * 60 / 10 {
						r.within(0, func() { r.accept(points) })
						elapse(10 * time.Second)
					}
					if n := len(r.Requests()) - search; n > 20 {
						t.Errorf("%d requests in five minutes", n)
					}
					r.wantHeard()
					r.Heal()
					elapse(10 * time.Minute)
					r.wantStored()
					r.wantHeard(ends)
					r.wantStats(nil)
				})
			})
		}
	}
}

// What says 413 at every size refuses more than sizes: its word is not kept.
func TestNoLimitIsLearnedWhereNothingPasses(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(status(413, ""))
		r.wantKept(r.export(1000), 1000, "even a single point is refused as too large")
		r.Heal()
		elapse(10 * time.Minute)
		r.accept(1000)
		r.settle()
		sizes := r.sizes()
		if last := sizes[len(sizes)-1]; last != 1000 {
			t.Errorf("the next batch was sent in parts, the last of %d points", last)
		}
	})
}

// A flush ends where all that is left needs a person, and sends the rest before.
func TestForceFlushEndsAtWhatIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.store.Inject(badRequestOn(0, 1, 2, 3))
		r.wantKept(r.export(4), 4, "Bad Request")
		r.BreakDown(refused)
		r.accept(3)
		r.Heal()
		r.within(0, func() { r.wantKept(r.ForceFlush(context.Background()), 4, "every part of the batch is refused") })
		r.wantStored(0, 1, 2, 3)
		r.within(0, func() { r.wantDropped(r.Shutdown(context.Background()), 4, apptuit.ErrShutdown) })
	})
}

func TestForceFlushEndsWhereEverythingIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(status(400, "no"))
		_ = r.export(4)
		for range 20 {
			r.accept(2)
		}
		r.within(0, func() { r.wantKept(r.ForceFlush(context.Background()), 44, "every part of the batch is refused") })
	})
}

// What Shutdown gives up reaches people though PeriodicReader shows another error:
// with number, endpoint and cause.
func TestShutdownTellsTheErrorHandler(t *testing.T) {
	for name, c := range map[string]struct {
		fault reply
		text  string
	}{
		"held":    {status(401, ""), "store.test: status 401 Unauthorized: check the token"},
		"refused": {status(400, "no"), `store.test: status 400 Bad Request: "no"`},
		"outage":  {refused, "store.test: dial tcp: connection refused"},
		"hangs":   {hangs(false), "https://store.test: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.BreakDown(c.fault)
				provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(r)))
				counter, err := provider.Meter("m").Int64Counter("c")
				if err != nil {
					t.Fatal(err)
				}
				counter.Add(t.Context(), 1)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				err = provider.Shutdown(ctx)
				if err != nil && strings.Contains(err.Error(), "later") {
					t.Errorf("there is no later: %v", err)
				}
				heard := r.all()
				last := heard[len(heard)-1].Error()
				if !strings.Contains(last, "1 of 1 points dropped (shutdown: 1)") || !strings.Contains(last, c.text) {
					t.Errorf("heard %q, want the number and %q", last, c.text)
				}
			})
		})
	}
}

// One error counts all points of a collection.
func TestOneErrorForAllPointsOfACollection(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		rm := r.points(10)
		r.times = append(r.times, 0)
		bad := metricdata.Metrics{Name: "bad", Data: metricdata.Gauge[float64]{DataPoints: []metricdata.DataPoint[float64]{
			{Time: time.Now(), Value: math.NaN()},
		}}}
		rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics, bad)
		e := r.wantDropped(r.Export(t.Context(), rm), 1, encoding.ErrNotFinite)
		if e.Stored != 10 || e.Kept != 0 || !strings.Contains(e.Error(), "1 of 11 points dropped") {
			t.Errorf("%v: %+v", e, e)
		}
		if err := r.Export(t.Context(), rm); err != nil {
			t.Errorf("told twice: %v", err)
		}
	})
}

// Each series is told once, and ten at the most by one error.
func TestEachSeriesIsToldOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		collection := func(metrics, series int) *metricdata.ResourceMetrics {
			rm := r.points(0)
			for m := range metrics {
				var points []metricdata.DataPoint[float64]
				for i := range series {
					points = append(points, metricdata.DataPoint[float64]{
						Attributes: attribute.NewSet(attribute.Int("id", i)), Time: time.Now(), Value: math.NaN(),
					})
				}
				rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics,
					metricdata.Metrics{Name: fmt.Sprint("bad", m), Data: metricdata.Gauge[float64]{DataPoints: points}})
			}
			return rm
		}
		e := r.wantDropped(r.Export(t.Context(), collection(2, 2)), 4, encoding.ErrNotFinite)
		if len(e.Rejected) != 4 || e.Rejected[3].Point.Metric != "bad1" || e.Rejected[3].Point.Tags["id"] != "1" {
			t.Errorf("named %+v", e.Rejected)
		}
		if err := r.Export(t.Context(), collection(2, 2)); err != nil {
			t.Errorf("told twice: %v", err)
		}
		names := map[string]int{}
		for range 4 {
			var e *transport.SendError
			if errors.As(r.Export(t.Context(), collection(3, 8)), &e) {
				if e.Dropped[encoding.ErrNotFinite] != 24 {
					t.Errorf("%v, want all 24 to be counted", e)
				}
				for _, p := range e.Rejected {
					names[p.Point.Metric+p.Point.Tags["id"]]++
				}
			}
		}
		if len(names) != 20 {
			t.Errorf("%d series were named, want the 20 others", len(names))
		}
		for name, n := range names {
			if n != 1 {
				t.Errorf("%s was named %d times", name, n)
			}
		}
	})
}

// Several of the SDK's readers may share an exporter. The first that ends ends it; the
// other's Shutdown is a normal end.
func TestTwoReadersEndOneExporter(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		a, b := newCounting(t, r, "calls_a"), newCounting(t, r, "calls_b")
		a.run(2)
		b.run(2)
		if err := errors.Join(b.provider.ForceFlush(t.Context()), a.provider.Shutdown(t.Context())); err != nil {
			t.Error(err)
		}
		if err := r.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown, again: %v", err)
		}
		_ = b.provider.Shutdown(t.Context()) // its last collection is refused, which it says
		wantSum(t, r, a, "calls_a")
		wantSum(t, r, b, "calls_b")
	}, withDelta)
}

// misbehave are ways of foreign code that never should be.
var misbehave = map[string]func(r *rig){
	"hangs":     func(*rig) { time.Sleep(24 * time.Hour) },
	"panics":    func(*rig) { panic("not mine") },
	"exits":     func(*rig) { runtime.Goexit() },
	"exports":   func(r *rig) { _ = r.Export(context.Background(), r.points(0)) },
	"flushes":   func(r *rig) { _ = r.ForceFlush(context.Background()) },
	"has stats": func(r *rig) { r.Stats() },
}

// Whatever a callback does, once: it costs one attempt, and the sender goes on.
func TestForeignCodeDoesNotStopTheSender(t *testing.T) {
	t.Parallel()
	for name, what := range misbehave {
		var armed atomic.Bool
		var r *rig
		once := func() {
			if armed.Swap(false) {
				what(r)
			}
		}
		places := map[string][]apptuit.Option{
			"token source": {withTokens(func() string { once(); return "secret" })},
			"RoundTripper": nil,
			"error handler": {apptuit.WithErrorHandler(func(err error) {
				r.hear(err)
				once()
			})},
		}
		for place, opts := range places {
			t.Run(place+" "+name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, own *rig) {
					r = own
					r.accept(1)
					armed.Store(true)
					if place == "RoundTripper" {
						r.Play(func(req *http.Request) (*http.Response, error) {
							once()
							return reached(req)
						})
					}
					if place == "error handler" {
						r.Play(refused)
					}
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					r.within(10*time.Second, func() { _ = r.Export(ctx, r.points(1)) })
					elapse(10 * time.Minute)
					if armed.Load() {
						t.Fatal("it was not called")
					}
					r.within(0, func() { r.accept(1) })
					elapse(10 * time.Minute)
					r.wantStats(nil)
					if n := distinct(r.store.Points()); n != 3 {
						t.Errorf("%d of 3 points are stored", n)
					}
					elapse(25 * time.Hour)
				}, opts...)
			})
		}
	}
}

func distinct(points []encoding.Point) int {
	seen := map[string]bool{}
	for _, p := range points {
		seen[p.Value.String()] = true
	}
	return len(seen)
}

// A producer is foreign code as well: it runs in the reader, and may call the
// exporter while a collection is on its way.
func TestAProducerDoesNotStopTheSender(t *testing.T) {
	for name, what := range misbehave {
		if name == "panics" || name == "exits" {
			continue // these end the reader, which calls it
		}
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				var armed atomic.Bool
				producer := producerFunc(func() {
					if armed.Swap(false) {
						what(r)
					}
				})
				reader := sdkmetric.NewPeriodicReader(r, sdkmetric.WithInterval(interval), sdkmetric.WithProducer(producer))
				provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
				elapse(interval)
				armed.Store(true)
				elapse(25 * time.Hour)
				r.within(0, func() { r.accept(1) })
				r.wantStored()
				r.end()
				_ = provider.Shutdown(t.Context())
			})
		})
	}
}

type producerFunc func()

func (f producerFunc) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	f()
	return nil, nil
}

// An error handler that takes its time misses what does not fit, and hears how
// much that was.
func TestASlowErrorHandlerIsToldWhatItMissed(t *testing.T) {
	var heard []string
	release := make(chan struct{})
	synctest.Test(t, func(t *testing.T) {
		release = make(chan struct{})
		w := newWire(apptuittest.NewUnstartedServer())
		e, err := apptuit.New(apptuit.WithEndpoint("https://store.test"), apptuit.WithToken("a-long-token"),
			apptuit.WithHTTPClient(&http.Client{Transport: w}),
			apptuit.WithErrorHandler(func(err error) {
				<-release
				heard = append(heard, err.Error())
			}))
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{Exporter: e, wire: w, t: t, bubble: true}
		for range 300 { // two errors each
			w.BreakDown(refused)
			r.accept(1)
			w.Heal()
			elapse(10 * time.Minute)
		}
		close(release)
		synctest.Wait()
		last := heard[len(heard)-1]
		if len(heard) > 300 || !strings.Contains(last, "more errors were not told") {
			t.Errorf("%d errors were told, the last: %s", len(heard), last)
		}
		r.end()
	})
}

// A batch that is on disk already, and one that the disk did not take, in one
// export: it returns.
func TestExportWhereTheDiskFailsInBetween(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	inBubble(t, func(t *testing.T, r *rig) {
		removeDuring(t, dir, func() {
			r.within(time.Minute, func() { r.accept(200) })
		})
		elapse(10 * time.Minute)
		r.wantStored()
	}, apptuit.WithSpool(dir), apptuit.WithMaxBatch(1))
}

// A hostile provider of instruments is foreign code too: it measures the exporter.
func TestAMeterProviderDoesNotStopTheSender(t *testing.T) {
	t.Parallel()
	for name, what := range misbehave {
		t.Run(name, func(t *testing.T) {
			var armed atomic.Bool
			var r *rig
			provider := hostileProvider{MeterProvider: noop.NewMeterProvider(), add: func() {
				if armed.Swap(false) {
					what(r)
				}
			}}
			inBubble(t, func(t *testing.T, own *rig) {
				r = own
				r.accept(1)
				r.settle()
				armed.Store(true)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				r.within(time.Second, func() { _ = r.Export(ctx, r.points(1)) })
				r.within(0, func() { r.Stats() })
				elapse(time.Minute)
				ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				_ = r.Export(ctx, r.points(1))
				elapse(time.Minute)
				if armed.Load() {
					t.Fatal("it was not called")
				}
				r.wantStored()
				r.wantStats(nil)
				elapse(25 * time.Hour)
			}, apptuit.WithMeterProvider(provider))
		})
	}
}

// A hostileProvider has counters that do more than count.
type hostileProvider struct {
	metric.MeterProvider
	add func()
}

func (p hostileProvider) Meter(name string, opts ...metric.MeterOption) metric.Meter {
	return hostileMeter{p.MeterProvider.Meter(name, opts...), p.add}
}

type hostileMeter struct {
	metric.Meter
	add func()
}

func (m hostileMeter) Int64Counter(name string, opts ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	c, err := m.Meter.Int64Counter(name, opts...)
	return hostileCounter{c, m.add}, err
}

type hostileCounter struct {
	metric.Int64Counter
	add func()
}

func (c hostileCounter) Add(context.Context, int64, ...metric.AddOption) { c.add() }

// A store that refuses batches because of many points is not stormed: the search
// pauses, and others go on.
func TestManyBadPointsAreSearchedWithPauses(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		var bad []int64
		for i := range 1000 {
			if i%5 == 0 {
				bad = append(bad, int64(i))
			}
		}
		r.store.Inject(badRequestOn(bad...))
		r.within(0, func() { _ = r.export(1000) })
		r.within(time.Second, func() { r.accept(1) })
		elapse(10 * time.Second)
		if n := len(r.Requests()); n > 400 {
			t.Errorf("%d requests in ten seconds", n)
		}
		if stored := r.store.Points(); !slices.ContainsFunc(stored, isOneOf(1000)) {
			t.Error("the batch behind it is not stored")
		}
		elapse(10 * time.Hour)
		r.wantStored(bad...)
		r.wantStats(dropped{transport.ErrRejected: len(bad)})
	})
}

// What Shutdown gives up is reported before it returns, whatever hangs.
func TestShutdownReportsThoughAttemptsHang(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(stubborn(time.Hour))
		go func() { _ = r.export(3) }()
		synctest.Wait()
		r.within(2*time.Second, func() { r.wantDropped(r.shutdown(time.Second), 3, apptuit.ErrShutdown) })
		r.mu.Lock()
		heard := len(r.heard)
		r.mu.Unlock()
		if heard == 0 {
			t.Error("nobody heard of it")
		}
		elapse(2 * time.Hour)
	})
}
