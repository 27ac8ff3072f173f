package apptuit

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// collected returns the exporter's own metrics: sums by name, with an attribute
// of interest behind it, and of histograms the count.
func collected(t *testing.T, reader sdkmetric.Reader) map[string]float64 {
	t.Helper()
	var rm metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &rm); err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, sm := range rm.ScopeMetrics {
		for _, m := range sm.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, dp := range data.DataPoints {
					found[m.Name+distinction(dp.Attributes)] += float64(dp.Value)
				}
			case metricdata.Histogram[float64]:
				for _, dp := range data.DataPoints {
					found[m.Name+distinction(dp.Attributes)] += float64(dp.Count)
				}
			default:
				t.Errorf("%s is a %T", m.Name, data)
			}
		}
	}
	return found
}

func distinction(set attribute.Set) string {
	for _, key := range []attribute.Key{"reason", "error.type", "http.response.status_code"} {
		if v, ok := set.Value(key); ok {
			return " " + v.String()
		}
	}
	return ""
}

func TestSelfMetrics(t *testing.T) {
	store := apptuittest.NewServer()
	defer store.Close()
	store.Inject(apptuittest.RejectPoints(func(p encoding.Point) string {
		if p.Series.Metric() == "bad" {
			return "Unable to parse value"
		}
		return ""
	}))
	reader := sdkmetric.NewManualReader()
	e, err := New(env(nil), WithEndpoint(store.URL), WithToken("test-token"),
		WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))), WithSelfMetrics(SelfMetricsAll))
	if err != nil {
		t.Fatal(err)
	}
	rm := oneMetric("good", gauge[int64](1))
	rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics,
		metricdata.Metrics{Name: "bad", Data: gauge[int64](2)},
		metricdata.Metrics{Name: "nan", Data: gauge(math.NaN())})
	if err := e.Export(t.Context(), rm); err == nil {
		t.Error("no error for two points that were dropped")
	}
	got := collected(t, reader)
	for name, want := range map[string]float64{
		"otel.sdk.exporter.metric_data_point.exported":            1,
		"otel.sdk.exporter.metric_data_point.exported rejected":   1,
		"otel.sdk.exporter.metric_data_point.exported not_finite": 1,
		"otel.sdk.exporter.metric_data_point.inflight":            0,
		"otel.sdk.exporter.operation.duration 400":                1,
		"apptuit.reporter.send.total":                             3,
		"apptuit.reporter.send.successful":                        1,
		"apptuit.reporter.send.failed":                            2,
		"apptuit.reporter.send.time":                              1,
		"apptuit.exporter.dropped rejected":                       1,
		"apptuit.exporter.dropped not_finite":                     1,
		"apptuit.exporter.queue.batches":                          0,
		"apptuit.exporter.queue.size":                             0,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (there: %t), want %v", name, v, ok, want)
		}
	}
	if got["apptuit.exporter.wire.size"] < 50 {
		t.Errorf("apptuit.exporter.wire.size is %v", got["apptuit.exporter.wire.size"])
	}
	if stats := e.Stats(); stats.Sent != 1 || stats.Dropped["rejected"] != 1 || stats.Dropped[encoding.ErrNotFinite] != 1 {
		t.Errorf("stats %+v", stats)
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, still := collected(t, reader)["apptuit.exporter.queue.size"]; still {
		t.Error("the queue is observed after Shutdown")
	}
}

// What waits is in flight and in the queue, and its requests are retries.
func TestSelfMetricsOfWhatWaits(t *testing.T) {
	store := apptuittest.NewServer()
	defer store.Close()
	store.Inject(apptuittest.Status(http.StatusServiceUnavailable))
	reader := sdkmetric.NewManualReader()
	e, err := New(env(nil), WithEndpoint(store.URL), WithToken("test-token"), WithErrorHandler(func(error) {}),
		WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))), WithSelfMetrics(SelfMetricsAll))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Export(t.Context(), oneMetric("m", gauge[int64](1))); err != nil {
		t.Error(err)
	}
	got := collected(t, reader)
	for name, want := range map[string]float64{
		"otel.sdk.exporter.metric_data_point.inflight": 1,
		"apptuit.exporter.queue.batches":               1,
		"apptuit.exporter.retries":                     1,
		"otel.sdk.exporter.operation.duration 503":     1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if got["apptuit.exporter.queue.size"] < 50 {
		t.Errorf("apptuit.exporter.queue.size is %v", got["apptuit.exporter.queue.size"])
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Shutdown(ctx); err == nil || !strings.Contains(err.Error(), strconv.Itoa(1)) {
		t.Errorf("Shutdown: %v, want an error that says that 1 point is lost", err)
	}
	if got := collected(t, reader); got["apptuit.exporter.dropped shutdown"] != 1 {
		t.Errorf("lost at shutdown: %v, want 1", got["apptuit.exporter.dropped shutdown"])
	}
}

// A watched provider calls a function whenever one of its counters counts.
type watched struct {
	noop.MeterProvider
	counts func()
}

func (w watched) Meter(string, ...metric.MeterOption) metric.Meter {
	return watchedMeter{counts: w.counts}
}

type watchedMeter struct {
	noop.Meter
	counts func()
}

func (m watchedMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return watchedCounter{counts: m.counts}, nil
}

type watchedCounter struct {
	noop.Int64Counter
	counts func()
}

func (c watchedCounter) Add(context.Context, int64, ...metric.AddOption) { c.counts() }

// A meter provider is foreign code: refused points are measured when the
// collection is done with.
func TestRefusedPointsAreMeasuredWithoutALock(t *testing.T) {
	var e *Exporter
	counted := 0
	provider := watched{counts: func() {
		counted++
		if !e.mu.TryLock() {
			t.Error("the exporter is locked")
			return
		}
		e.mu.Unlock()
	}}
	e, err := New(env(nil), WithToken("test-token"), WithHTTPClient(&http.Client{Transport: discard{}}), WithMeterProvider(provider))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Shutdown(t.Context())
	if err := e.Export(t.Context(), oneMetric("m", gauge(math.NaN()))); err == nil {
		t.Error("no error for a point that was dropped")
	}
	if counted == 0 {
		t.Error("nothing was measured")
	}
}
