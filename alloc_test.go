package apptuit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// discard is a store that takes everything, without a network.
type discard struct{}

func (discard) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	req.Body.Close()
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: req}, nil
}

// counting is one that counts requests.
type counting struct{ requests atomic.Int64 }

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return discard{}.RoundTrip(req)
}

func newDiscarding(tb testing.TB) *Exporter {
	e, _ := newCounting(tb)
	return e
}

// newCounting returns an exporter, and the number of its requests.
func newCounting(tb testing.TB) (*Exporter, *atomic.Int64) {
	tb.Helper()
	store := new(counting)
	e, err := New(env(nil), WithToken("test-token"), WithHTTPClient(&http.Client{Transport: store}))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { e.Shutdown(context.Background()) })
	return e, &store.requests
}

// workload collects n series: 6 sums, 2 gauges and 2 histograms of 10 buckets in
// every ten, with 8 resource and 5 own attributes.
func workload(tb testing.TB, n int) *metricdata.ResourceMetrics {
	tb.Helper()
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithCardinalityLimit(-1),
		sdkmetric.WithResource(resource.NewSchemaless(numbered("resource.attribute", 8)...)))
	meter := provider.Meter("workload")
	counter, _ := meter.Int64Counter("requests.total")
	gauge, _ := meter.Float64Gauge("queue.utilisation")
	histogram, _ := meter.Float64Histogram("request.duration")
	for i := range n {
		attrs := append(numbered("own.attribute", 4), attribute.Int("series", i))
		set := attribute.NewSet(attrs...)
		switch i % 10 {
		case 0, 1:
			gauge.Record(tb.Context(), float64(i)/7, metric.WithAttributeSet(set))
		case 2, 3:
			histogram.Record(tb.Context(), float64(i%1000)/3, metric.WithAttributeSet(set))
		default:
			counter.Add(tb.Context(), int64(i)*1001, metric.WithAttributeSet(set))
		}
	}
	rm := &metricdata.ResourceMetrics{}
	if err := reader.Collect(tb.Context(), rm); err != nil {
		tb.Fatal(err)
	}
	return rm
}

func numbered(key string, n int) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, n)
	for i := range attrs {
		attrs[i] = attribute.String(key+strings.Repeat("x", i), "some value")
	}
	return attrs
}

// What an export allocates in a steady state does not grow with its points, but
// for what each request takes.
func TestExportAllocations(t *testing.T) {
	const mostAllocs, mostBytes = 45, 6 << 10 // for each request
	for _, series := range []int{100, 2000, 10_000} {
		e, sent := newCounting(t)
		rm := workload(t, series)
		export := func() {
			if err := e.Export(t.Context(), rm); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			export()
		}
		sent.Store(0)
		export()
		requests := int(sent.Load())
		allocs, bytes := testing.AllocsPerRun(20, export), bytesPerRun(20, export)
		t.Logf("%d series: %d requests, %.0f allocations, %d bytes", series, requests, allocs, bytes)
		if allocs > float64(requests*mostAllocs) || bytes > uint64(requests*mostBytes) {
			t.Errorf("%d series: %.0f allocations and %d bytes for an export of %d requests, want at most %d and %d for each",
				series, allocs, bytes, requests, mostAllocs, mostBytes)
		}
	}
}

// bytesPerRun returns the least of some runs: other goroutines allocate too.
func bytesPerRun(runs int, f func()) uint64 {
	least := uint64(math.MaxUint64)
	for range runs {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// A lender is a store that reads a body only when it is asked to.
type lender struct{ lent []io.ReadCloser }

func (l *lender) RoundTrip(req *http.Request) (*http.Response, error) {
	l.lent = append(l.lent, req.Body)
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: req}, nil
}

// The memory of a body that may be read yet is not used for another one.
func TestLentBodyIsNotUsedAgain(t *testing.T) {
	var l lender
	e, err := New(env(nil), WithToken("test-token"), WithoutHostTag(), WithHTTPClient(&http.Client{Transport: &l}))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Shutdown(t.Context())
	const exports = 5
	for i := range exports {
		rm := oneMetric("m", metricdata.Gauge[int64]{DataPoints: []metricdata.DataPoint[int64]{
			{Attributes: attribute.NewSet(attribute.String("k", "v")), Time: testTime, Value: int64(1000 + i)},
		}})
		if err := e.Export(t.Context(), rm); err != nil {
			t.Fatal(err)
		}
	}
	for i, body := range l.lent {
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		json, err := encoding.Batch{Body: text, Points: 1}.JSON()
		if want := fmt.Sprintf(`"value":%d}]`, 1000+i); err != nil || !strings.HasSuffix(string(json), want) {
			t.Errorf("body %d is %s, %v; it should end in %s", i, json, err, want)
		}
	}
	if len(l.lent) != exports {
		t.Errorf("%d requests, want %d", len(l.lent), exports)
	}
}

// A keeping is a store that keeps what is sent.
type keeping struct {
	mu  sync.Mutex
	all [][]byte
}

func (b *keeping) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.all = append(b.all, body)
	b.mu.Unlock()
	return discard{}.RoundTrip(req)
}

// Without options a request has at most 2,000 points and 2 MiB of JSON.
func TestDefaultBatches(t *testing.T) {
	store := new(keeping)
	e, err := New(env(nil), WithToken("test-token"), WithCompression(encoding.CompressNone), WithHTTPClient(&http.Client{Transport: store}))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Shutdown(t.Context())
	if err := e.Export(t.Context(), workload(t, 1000)); err != nil {
		t.Fatal(err)
	}
	full := 0
	for _, body := range store.all {
		points := bytes.Count(body, []byte(`"metric":`))
		if points > encoding.DefaultMaxPoints || len(body) > encoding.DefaultMaxBytes {
			t.Errorf("a request of %d points and %d bytes", points, len(body))
		}
		if points == encoding.DefaultMaxPoints || len(body) > encoding.DefaultMaxBytes-2<<10 {
			full++
		}
	}
	if full == 0 {
		t.Error("no request is full")
	}
}

// BenchmarkExport exports the same series again and again, and with a tenth of
// them replaced each time, at random places.
func BenchmarkExport(b *testing.B) {
	for _, load := range []struct{ series, percent int }{{1000, 0}, {10_000, 0}, {100_000, 0}, {10_000, 10}} {
		b.Run(fmt.Sprintf("%d,%d%%new", load.series, load.percent), func(b *testing.B) {
			e, rm := newDiscarding(b), workload(b, load.series)
			r := rand.New(rand.NewPCG(1, 2))
			made := load.series
			export := func() {
				if err := e.Export(b.Context(), rm); err != nil {
					b.Fatal(err)
				}
			}
			for range 4 { // the cache of series is warm then
				export()
			}
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for _, m := range rm.ScopeMetrics[0].Metrics {
					made = replace(r, m.Data, load.percent, made)
				}
				b.StartTimer()
				export()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(load.series), "ns/series")
		})
	}
}

// BenchmarkFirstExport exports series that are all new.
func BenchmarkFirstExport(b *testing.B) {
	const series = 10_000
	rm := workload(b, series)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		e := newDiscarding(b)
		b.StartTimer()
		if err := e.Export(b.Context(), rm); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/series, "ns/series")
}

// replace puts new series at random places, in the place of others.
func replace(r *rand.Rand, data metricdata.Aggregation, percent, made int) int {
	fresh := func() attribute.Set {
		made++
		return attribute.NewSet(append(numbered("own.attribute", 4), attribute.Int("series", made))...)
	}
	switch d := data.(type) {
	case metricdata.Sum[int64]:
		replaceIn(r, d.DataPoints, percent, func(dp *metricdata.DataPoint[int64]) { dp.Attributes = fresh() })
	case metricdata.Gauge[float64]:
		replaceIn(r, d.DataPoints, percent, func(dp *metricdata.DataPoint[float64]) { dp.Attributes = fresh() })
	case metricdata.Histogram[float64]:
		replaceIn(r, d.DataPoints, percent, func(dp *metricdata.HistogramDataPoint[float64]) { dp.Attributes = fresh() })
	}
	return made
}

func replaceIn[T any](r *rand.Rand, dps []T, percent int, renew func(*T)) {
	for range len(dps) * percent / 100 {
		from, to := r.IntN(len(dps)), r.IntN(len(dps))
		moved := dps[from]
		if from < to {
			copy(dps[from:], dps[from+1:to+1])
		} else {
			copy(dps[to+1:], dps[to:from])
		}
		renew(&moved)
		dps[to] = moved
	}
}
