package apptuit

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

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

func newDiscarding(tb testing.TB) *Exporter {
	tb.Helper()
	e, err := New(env(nil), WithToken("t"), WithHTTPClient(&http.Client{Transport: discard{}}))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { e.Shutdown(context.Background()) })
	return e
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

// What an export allocates in a steady state does not grow with its points.
func TestExportAllocations(t *testing.T) {
	perExport := func(series int) float64 {
		e, rm := newDiscarding(t), workload(t, series)
		return testing.AllocsPerRun(5, func() {
			if err := e.Export(t.Context(), rm); err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := perExport(100), perExport(2000)
	t.Logf("%.0f allocations for 100 series, %.0f for 2,000", few, many)
	if many > few+10 || few > 150 {
		t.Errorf("%.0f allocations for 100 series, %.0f for 2,000: want the same, and at most 150", few, many)
	}
}

func BenchmarkExport(b *testing.B) {
	e, rm := newDiscarding(b), workload(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Export(b.Context(), rm); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/series")
}
