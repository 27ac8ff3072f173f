package apptuit_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A taker is an exporter that keeps what it was given.
type taker struct {
	mu       sync.Mutex
	taken    [][]string // the names of each export
	values   map[string]float64
	peaks    map[string]float64 // the greatest of cumulative values
	at       []time.Time
	flushed  int
	shut     int
	fail     error // of Export
	failEnd  error // of ForceFlush and Shutdown
	slow     time.Duration
	temporal metricdata.Temporality
}

func (k *taker) Temporality(sdkmetric.InstrumentKind) metricdata.Temporality {
	if k.temporal == 0 {
		return metricdata.CumulativeTemporality
	}
	return k.temporal
}

func (k *taker) Aggregation(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	if kind == sdkmetric.InstrumentKindHistogram {
		return sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 20, MaxScale: 20}
	}
	return sdkmetric.DefaultAggregationSelector(kind)
}

func (k *taker) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	if k.slow > 0 {
		select {
		case <-time.After(k.slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var names []string
	for _, sm := range rm.ScopeMetrics {
		for _, m := range sm.Metrics {
			names = append(names, m.Name)
			k.keep(m)
		}
	}
	k.taken, k.at = append(k.taken, names), append(k.at, time.Now())
	return k.fail
}

func (k *taker) keep(m metricdata.Metrics) {
	if k.values == nil {
		k.values, k.peaks = map[string]float64{}, map[string]float64{}
	}
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, dp := range data.DataPoints {
			if data.Temporality == metricdata.DeltaTemporality {
				k.values[m.Name] += float64(dp.Value)
				continue
			}
			k.values[m.Name] = float64(dp.Value)
			k.peaks[m.Name] = max(k.peaks[m.Name], float64(dp.Value))
		}
	case metricdata.ExponentialHistogram[float64]:
		k.values[m.Name] = float64(data.DataPoints[0].Count)
	}
}

func (k *taker) ForceFlush(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.flushed++
	return k.failEnd
}

func (k *taker) Shutdown(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shut++
	return k.failEnd
}

func (k *taker) exports() [][]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.taken)
}

func (k *taker) value(name string) float64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.values[name]
}

// heardByOtel catches what goes to otel's error handler, until the test ends.
func heardByOtel(t *testing.T) func() []string {
	t.Helper()
	var mu sync.Mutex
	var heard []string
	before := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, err.Error())
	}))
	t.Cleanup(func() { otel.SetErrorHandler(before) })
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(heard)
	}
}

// observed registers ten observable counters, of which the third does what odd does.
func observed(t *testing.T, provider metric.MeterProvider, odd func(context.Context) error) {
	t.Helper()
	for i := range 10 {
		_, err := provider.Meter("m").Int64ObservableCounter(fmt.Sprintf("c%d", i), metric.WithInt64Callback(
			func(ctx context.Context, o metric.Int64Observer) error {
				if i == 3 && odd != nil {
					if err := odd(ctx); err != nil {
						return err
					}
				}
				o.Observe(int64(i))
				return nil
			}))
		if err != nil {
			t.Fatal(err)
		}
	}
}

var errCallback = errors.New("the database is away")

// What the other callbacks gave arrives, whoever asks.
func TestReaderExportsBesideAFailingCallback(t *testing.T) {
	heard := heardByOtel(t)
	synctest.Test(t, func(t *testing.T) {
		k := &taker{}
		r := apptuit.NewReader(k)
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
		observed(t, provider, func(context.Context) error { return errCallback })
		time.Sleep(10*time.Minute + time.Second)
		byInterval := len(k.exports())
		if byInterval < 10 || byInterval > 11 {
			t.Errorf("%d exports in ten minutes", byInterval)
		}
		if err := provider.ForceFlush(t.Context()); !errors.Is(err, errCallback) {
			t.Errorf("ForceFlush: %v", err)
		}
		if err := provider.Shutdown(t.Context()); !errors.Is(err, errCallback) {
			t.Errorf("Shutdown: %v", err)
		}
		all := k.exports()
		if len(all) != byInterval+2 {
			t.Errorf("%d exports, want one for ForceFlush and one for Shutdown beside %d", len(all), byInterval)
		}
		for i, names := range all {
			if len(names) != 9 || slices.Contains(names, "c3") {
				t.Errorf("export %d has %q", i, names)
			}
		}
		if k.flushed != 1 || k.shut != 1 {
			t.Errorf("%d flushes, %d shutdowns", k.flushed, k.shut)
		}
	})
	if got := heard(); len(got) != 1 || !strings.Contains(got[0], errCallback.Error()) {
		t.Errorf("heard %q, want the failure once", got)
	}
}

func TestReaderTellsAFailureOncePerState(t *testing.T) {
	heard := heardByOtel(t)
	synctest.Test(t, func(t *testing.T) {
		k := &taker{}
		r := apptuit.NewReader(k)
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
		var now atomic.Value // a text
		now.Store("")
		observed(t, provider, func(context.Context) error {
			if say := now.Load().(string); say != "" {
				return errors.New(say)
			}
			return nil
		})
		for i, say := range []string{"", "dial 10.0.0.1:4000", "dial 10.0.0.1:50001", "dial 10.0.0.1:6", "no table", "no table", "", "", "no table"} {
			now.Store(say)
			if err := r.ForceFlush(t.Context()); (err != nil) != (say != "") {
				t.Errorf("%d: %v", i, err)
			}
			time.Sleep(5 * time.Second) // twice an interval goes by in between
		}
		now.Store("")
		if err := provider.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	got := heard()
	want := []string{"10.0.0.1:4000", "no table", "work again, after 25s", "no table", "work again"}
	for i, text := range want {
		if i >= len(got) || !strings.Contains(got[i], text) {
			t.Fatalf("heard %q, want %q", got, want)
		}
	}
	if len(got) != len(want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestReaderJoinsErrors(t *testing.T) {
	heardByOtel(t)
	errExport, errEnd := errors.New("refused"), errors.New("3 points lost")
	k := &taker{fail: errExport, failEnd: errEnd}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(k, apptuit.ReaderInterval(time.Hour))))
	observed(t, provider, func(context.Context) error { return errCallback })
	for name, err := range map[string]error{"ForceFlush": provider.ForceFlush(t.Context()), "Shutdown": provider.Shutdown(t.Context())} {
		for _, want := range []error{errCallback, errExport, errEnd} {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v among it", name, err, want)
			}
		}
	}
}

// A producer that fails or panics costs itself alone.
func TestReaderProducers(t *testing.T) {
	heard := heardByOtel(t)
	k := &taker{}
	shared := []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{{Name: "outside", Data: metricdata.Sum[int64]{DataPoints: []metricdata.DataPoint[int64]{{Value: 1}}}}}}}
	r := apptuit.NewReader(k,
		apptuit.ReaderProducer(producing(func() ([]metricdata.ScopeMetrics, error) { return shared, nil })),
		apptuit.ReaderProducer(producing(func() ([]metricdata.ScopeMetrics, error) { return nil, errors.New("bridge down") })),
		apptuit.ReaderProducer(producing(func() ([]metricdata.ScopeMetrics, error) { panic("bridge fell") })),
		apptuit.ReaderProducer(producing(func() ([]metricdata.ScopeMetrics, error) { runtime.Goexit(); return nil, nil })),
		apptuit.ReaderProducer(producing(func() ([]metricdata.ScopeMetrics, error) { return shared, nil })),
		apptuit.ReaderProducer(nil))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
	odd := func(context.Context) error { return errCallback }
	observed(t, provider, func(ctx context.Context) error { return odd(ctx) })
	for i, what := range []func(context.Context) error{odd, odd, func(context.Context) error { panic("callback fell") }, odd} {
		odd = what
		if i == 3 { // more instruments than before: their memory is the SDK's, not the producers'
			observed(t, sdkMeter{provider, "other"}, nil)
		}
		err := provider.ForceFlush(t.Context())
		for _, part := range []string{"bridge down", "bridge fell", "ended its goroutine"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%d: %v, want %s", i, err, part)
			}
		}
		names := k.exports()[i]
		outside := len(names) - len(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "outside" }))
		if want := []int{11, 11, 2, 21}[i]; outside != 2 || len(names) != want {
			t.Errorf("%d: %q, want %d names, two of them from outside", i, names, want)
		}
	}
	if shared[0].Metrics[0].Name != "outside" || len(shared[0].Metrics) != 1 {
		t.Errorf("the producer's own metrics are %v", shared)
	}
	var rm metricdata.ResourceMetrics
	odd = func(context.Context) error { return errCallback }
	if err := provider.Shutdown(t.Context()); !errors.Is(err, errCallback) {
		t.Error(err)
	}
	if err := r.Collect(t.Context(), &rm); !errors.Is(err, sdkmetric.ErrReaderShutdown) {
		t.Errorf("Collect after Shutdown: %v", err)
	}
	if len(heard()) == 0 {
		t.Error("nothing was told")
	}
}

type producing func() ([]metricdata.ScopeMetrics, error)

func (f producing) Produce(context.Context) ([]metricdata.ScopeMetrics, error) { return f() }

// A sdkMeter gives meters of another name.
type sdkMeter struct {
	metric.MeterProvider
	name string
}

func (m sdkMeter) Meter(string, ...metric.MeterOption) metric.Meter {
	return m.MeterProvider.Meter(m.name)
}

// A user's Collect has the same, and what the callbacks could not give is an error.
func TestReaderCollect(t *testing.T) {
	heardByOtel(t)
	k := &taker{}
	r := apptuit.NewReader(k, apptuit.ReaderProducer(producing(func() ([]metricdata.ScopeMetrics, error) {
		return []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{{Name: "outside"}}}}, errors.New("half of it")
	})))
	var rm metricdata.ResourceMetrics
	if err := r.Collect(t.Context(), &rm); !errors.Is(err, sdkmetric.ErrReaderNotRegistered) || len(rm.ScopeMetrics) > 0 {
		t.Errorf("before it is registered: %v, %v", err, rm.ScopeMetrics)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
	defer provider.Shutdown(context.Background())
	observed(t, provider, func(context.Context) error { return errCallback })
	err := r.Collect(t.Context(), &rm)
	if !errors.Is(err, errCallback) || !strings.Contains(err.Error(), "half of it") {
		t.Error(err)
	}
	if len(rm.ScopeMetrics) != 2 || len(rm.ScopeMetrics[0].Metrics) != 9 {
		t.Errorf("collected %v", rm.ScopeMetrics)
	}
	if err := r.Collect(t.Context(), nil); err == nil {
		t.Error("no error for no room")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Collect(ended, &rm); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(k.exports()) > 0 {
		t.Error("Collect exported")
	}
}

// A callback that panics is an error, and what was observed before it does not count
// twice afterwards.
func TestReaderOutlivesAPanic(t *testing.T) {
	for _, temporality := range []metricdata.Temporality{metricdata.CumulativeTemporality, metricdata.DeltaTemporality} {
		t.Run(temporality.String(), func(t *testing.T) {
			heard := heardByOtel(t)
			synctest.Test(t, func(t *testing.T) {
				k := &taker{temporal: temporality}
				provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(k)))
				var odd atomic.Value // of func()
				odd.Store(func() {})
				observed(t, provider, func(context.Context) error {
					odd.Load().(func())()
					return nil
				})
				requests, _ := provider.Meter("m").Int64Counter("requests")
				for _, what := range []func(){nil, func() { panic("callback fell") }, runtime.Goexit, nil, nil} {
					odd.Store(func() {})
					if what != nil {
						odd.Store(what)
					}
					requests.Add(t.Context(), 1)
					if err := provider.ForceFlush(t.Context()); (err != nil) != (what != nil) {
						t.Error(err)
					}
					time.Sleep(5 * time.Minute)
				}
				if err := provider.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				for i := range 10 {
					name := fmt.Sprintf("c%d", i)
					if k.value(name) != float64(i) {
						t.Errorf("%s is %v, want %d", name, k.value(name), i)
					}
					if k.peaks[name] > float64(i) {
						t.Errorf("%s was %v once, want %d", name, k.peaks[name], i)
					}
				}
				if n := k.value("requests"); n != 5 {
					t.Errorf("%v requests, want 5", n)
				}
			})
			if got := heard(); len(got) != 3 || !strings.Contains(got[0], "callback fell") || !strings.Contains(got[2], "again") {
				t.Errorf("heard %q", got)
			}
		})
	}
}

// No call waits longer for a hanging callback than it may, and the exporter has its
// share of the time; what the collection gives in the end is exported.
func TestReaderWithAHangingCallback(t *testing.T) {
	heard := heardByOtel(t)
	synctest.Test(t, func(t *testing.T) {
		k := &taker{temporal: metricdata.DeltaTemporality}
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(k)))
		var calls atomic.Int32
		gate := make(chan chan struct{}, 1) // what a callback waits for
		observed(t, provider, func(context.Context) error {
			calls.Add(1)
			release := <-gate
			gate <- release
			<-release
			return nil
		})
		release := make(chan struct{})
		gate <- release
		time.Sleep(10 * time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		began := time.Now()
		if err := provider.ForceFlush(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) >= 4*time.Second {
			t.Errorf("ForceFlush: %v after %s", err, time.Since(began)) // 3 s, or more where the interval's collection hung before
		}
		if calls.Load() != 1 || k.flushed != 1 || len(k.exports()) != 0 {
			t.Errorf("%d calls, %d flushes, %d exports", calls.Load(), k.flushed, len(k.exports()))
		}
		close(release)
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(k.exports()); n < 2 || n > 3 { // one more where the interval's was waiting
			t.Errorf("%d exports, want that of the late collection and a new one", n)
		}
		if n := k.value("c9"); n != 9 {
			t.Errorf("c9 is %v", n)
		}
		release = make(chan struct{})
		<-gate
		gate <- release
		began = time.Now()
		if err := provider.Shutdown(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		if took := time.Since(began); took > 30*time.Second || k.shut != 1 {
			t.Errorf("Shutdown took %s, %d shutdowns of the exporter", took, k.shut)
		}
		close(release)
	})
	if got := heard(); len(got) != 3 || !strings.Contains(got[0], "not returned in time") || !strings.Contains(got[1], "again") {
		t.Errorf("heard %q", got)
	}
}

// A callback that heeds its context costs a collection nothing else.
func TestReaderGivesCallbacksAContext(t *testing.T) {
	heardByOtel(t)
	synctest.Test(t, func(t *testing.T) {
		k := &taker{}
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(k, apptuit.ReaderTimeout(10*time.Second))))
		observed(t, provider, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		began := time.Now()
		if err := provider.Shutdown(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if all := k.exports(); len(all) != 1 || len(all[0]) != 9 || time.Since(began) != 5*time.Second {
			t.Errorf("%q after %s", all, time.Since(began))
		}
	})
}

// A reader that nobody registered ends without Shutdown: the bubble would wait for a
// goroutine.
func TestReaderWithoutAProvider(t *testing.T) {
	heard := heardByOtel(t)
	synctest.Test(t, func(t *testing.T) {
		k := &taker{failEnd: errors.New("end")}
		_ = apptuit.NewReader(k)
		time.Sleep(10 * time.Minute)
		r := apptuit.NewReader(k)
		if err := r.ForceFlush(t.Context()); !errors.Is(err, sdkmetric.ErrReaderNotRegistered) {
			t.Errorf("ForceFlush: %v", err)
		}
		if err := r.Shutdown(t.Context()); !errors.Is(err, k.failEnd) || errors.Is(err, sdkmetric.ErrReaderNotRegistered) {
			t.Errorf("Shutdown: %v", err)
		}
		if len(k.exports()) != 0 {
			t.Error("it exported")
		}
	})
	if got := heard(); len(got) > 0 {
		t.Errorf("heard %q", got)
	}
}

// Readers that share an exporter end it with the last of them: all that each collected
// is sent, in one provider or in two, and a normal end is no error.
func TestTheLastReaderEndsAnExporter(t *testing.T) {
	for _, apart := range []bool{false, true} {
		store := apptuittest.NewServer()
		defer store.Close()
		e, err := apptuit.New(apptuit.WithEndpoint(store.URL), apptuit.WithToken("test-token"), apptuit.WithoutHostTag())
		if err != nil {
			t.Fatal(err)
		}
		one := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(e)), sdkmetric.WithReader(apptuit.NewReader(e)))
		providers := []*sdkmetric.MeterProvider{one}
		if apart {
			providers = append(providers, sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(e))))
		}
		for i, provider := range providers {
			c, err := provider.Meter("m").Int64Counter([]string{"first", "second"}[i])
			if err != nil {
				t.Fatal(err)
			}
			c.Add(t.Context(), 1)
		}
		for i, provider := range providers {
			if err := provider.Shutdown(t.Context()); err != nil {
				t.Errorf("provider %d: %v", i, err)
			}
		}
		names := map[string]int{}
		for _, p := range store.Points() {
			names[p.Series.Metric()]++
		}
		if names["first"] != 2 || apart && names["second"] != 1 {
			t.Errorf("sent %v", names)
		}
		if err := e.Export(t.Context(), &metricdata.ResourceMetrics{}); !errors.Is(err, sdkmetric.ErrExporterShutdown) {
			t.Errorf("the exporter goes on: %v", err)
		}
	}
}

func TestReaderAfterShutdown(t *testing.T) {
	heard := heardByOtel(t)
	synctest.Test(t, func(t *testing.T) {
		k := &taker{}
		r := apptuit.NewReader(k)
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
		observed(t, provider, nil)
		if err := r.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		before := len(k.exports())
		time.Sleep(10 * time.Minute)
		for name, err := range map[string]error{"Shutdown": r.Shutdown(t.Context()), "ForceFlush": r.ForceFlush(t.Context())} {
			if !errors.Is(err, sdkmetric.ErrReaderShutdown) {
				t.Errorf("%s after Shutdown: %v", name, err)
			}
		}
		if before != 1 || len(k.exports()) != before || k.shut != 1 || k.flushed != 0 {
			t.Errorf("%d exports, %d later, %d shutdowns, %d flushes", before, len(k.exports())-before, k.shut, k.flushed)
		}
	})
	if got := heard(); len(got) > 0 {
		t.Errorf("heard %q", got)
	}
}

// An ended context is an error, the exporter hears of it all the same, and nothing
// of it is told.
func TestReaderWithAnEndedContext(t *testing.T) {
	heard := heardByOtel(t)
	k := &taker{}
	r := apptuit.NewReader(k, apptuit.ReaderInterval(time.Hour))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
	observed(t, provider, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.ForceFlush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ForceFlush: %v", err)
	}
	if err := r.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	if k.flushed != 1 || k.shut != 1 || len(k.exports()) != 0 || len(heard()) > 0 {
		t.Errorf("%d flushes, %d shutdowns, exports %q, heard %q", k.flushed, k.shut, k.exports(), heard())
	}
}

// Shutdown ends an export of the interval and is not told of as a failure.
func TestReaderShutdownDuringAnExport(t *testing.T) {
	heard := heardByOtel(t)
	synctest.Test(t, func(t *testing.T) {
		k := &taker{slow: 29 * time.Second}
		r := apptuit.NewReader(k)
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
		observed(t, provider, nil)
		time.Sleep(10*time.Minute + 100*time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		_ = provider.Shutdown(ctx) // the last export takes longer than 5 s
		if took := time.Since(began); took > 5*time.Second || k.shut != 1 {
			t.Errorf("%s, %d shutdowns", took, k.shut)
		}
	})
	if got := heard(); len(got) > 0 {
		t.Errorf("heard %q", got)
	}
}

// Shutdown ends a collection of the interval, which is no failure, and what there is by
// then is exported all the same.
func TestReaderShutdownDuringACollection(t *testing.T) {
	for _, temporality := range []metricdata.Temporality{metricdata.CumulativeTemporality, metricdata.DeltaTemporality} {
		heard := heardByOtel(t)
		synctest.Test(t, func(t *testing.T) {
			k := &taker{temporal: temporality}
			provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(k)))
			var calls atomic.Int64
			observed(t, provider, func(ctx context.Context) error {
				if calls.Add(1) > 1 {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			})
			requests, _ := provider.Meter("m").Int64Counter("requests")
			requests.Add(t.Context(), 1)
			for calls.Load() == 0 {
				time.Sleep(time.Second)
			}
			requests.Add(t.Context(), 1)
			if err := provider.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if k.value("requests") != 2 || k.value("c9") != 9 || k.shut != 1 {
				t.Errorf("%v requests, c9 is %v, %d shutdowns", k.value("requests"), k.value("c9"), k.shut)
			}
		})
		if got := heard(); len(got) > 0 {
			t.Errorf("heard %q", got)
		}
	}
}

// Whenever Shutdown comes, the last values are exported: here just when an interval ends,
// in real time, for that is a matter of threads.
func TestReaderShutdownAsAnIntervalEnds(t *testing.T) {
	heard := heardByOtel(t)
	for range 500 {
		k := &taker{}
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(k, apptuit.ReaderInterval(200*time.Microsecond))))
		observed(t, provider, nil)
		requests, _ := provider.Meter("m").Int64Counter("requests")
		requests.Add(t.Context(), 1)
		if err := provider.Shutdown(t.Context()); err != nil || k.value("requests") != 1 {
			t.Fatalf("%v requests, %v", k.value("requests"), err)
		}
	}
	if got := heard(); len(got) > 0 {
		t.Errorf("heard %q", got)
	}
}

// All methods at once, for the race detector.
func TestReaderConcurrentSafe(t *testing.T) {
	heardByOtel(t)
	for range 20 {
		k := &taker{}
		r := apptuit.NewReader(k, apptuit.ReaderInterval(time.Millisecond), apptuit.ReaderProducer(producing(func() ([]metricdata.ScopeMetrics, error) {
			return []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{{Name: "outside"}}}}, nil
		})))
		provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
		observed(t, provider, func(context.Context) error { return errCallback })
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for range 20 {
					var rm metricdata.ResourceMetrics
					_ = r.Collect(context.Background(), &rm)
					_ = r.ForceFlush(context.Background())
					_ = r.MarshalLog()
				}
				if i == 0 {
					_ = r.Shutdown(context.Background())
				}
			})
		}
		wg.Wait()
		if err := r.Shutdown(t.Context()); !errors.Is(err, sdkmetric.ErrReaderShutdown) {
			t.Error(err)
		}
	}
}

// The exporter's choices and the limits reach the instruments.
func TestReaderPassesSelectorsOn(t *testing.T) {
	heardByOtel(t)
	k := &taker{temporal: metricdata.DeltaTemporality}
	r := apptuit.NewReader(k, apptuit.ReaderCardinalityLimits(func(sdkmetric.InstrumentKind) (int, bool) { return 3, false }))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
	defer provider.Shutdown(context.Background())
	counter, _ := provider.Meter("m").Int64Counter("requests")
	sizes, _ := provider.Meter("m").Float64Histogram("sizes")
	for i := range 10 {
		counter.Add(t.Context(), 1, metric.WithAttributes(attribute.Int("i", i)))
		sizes.Record(t.Context(), 1)
	}
	var rm metricdata.ResourceMetrics
	if err := r.Collect(t.Context(), &rm); err != nil {
		t.Fatal(err)
	}
	for _, m := range rm.ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			if data.Temporality != metricdata.DeltaTemporality || len(data.DataPoints) != 3 {
				t.Errorf("%v with %d sets", data.Temporality, len(data.DataPoints))
			}
		case metricdata.ExponentialHistogram[float64]:
		default:
			t.Errorf("%s is a %T", m.Name, data)
		}
	}
}
