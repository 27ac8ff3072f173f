package apptuit_test

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// discard takes all puts.
type discard struct{}

func (discard) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	r.Body.Close()
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Header: http.Header{}, Request: r}, err
}

// newSeries collects n series, numbered from first on.
func newSeries(first, n int) *metricdata.ResourceMetrics {
	points := make([]metricdata.DataPoint[int64], n)
	for i := range points {
		points[i] = metricdata.DataPoint[int64]{
			Attributes: attribute.NewSet(attribute.String("id", strconv.Itoa(first+i)), attribute.String("zone", "a"), attribute.Int("shard", i%16)),
			Time:       time.Now(), Value: int64(i),
		}
	}
	return &metricdata.ResourceMetrics{
		Resource: resource.Empty(),
		ScopeMetrics: []metricdata.ScopeMetrics{{
			Metrics: []metricdata.Metrics{{Name: "g", Data: metricdata.Gauge[int64]{DataPoints: points}}},
		}},
	}
}

// exportTime is what an export of a collection costs the processors.
func exportTime(t *testing.T, e *apptuit.Exporter, rm *metricdata.ResourceMetrics) time.Duration {
	t.Helper()
	runtime.GC() // of what came before
	begun := heaptest.CPU()
	if err := e.Export(t.Context(), rm); err != nil {
		t.Error(err)
	}
	return heaptest.CPU() - begun
}

func newDiscarding(t *testing.T) *apptuit.Exporter {
	t.Helper()
	e, err := apptuit.New(apptuit.WithEndpoint("https://store.test"), apptuit.WithToken("a-long-token"),
		apptuit.WithHTTPClient(&http.Client{Transport: discard{}}), apptuit.WithMaxBatch(2000))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Shutdown(t.Context()) })
	return e
}

// The first export of 200,000 series takes about eight times as long as one of 25,000.
func TestFirstExportsGrowLinearly(t *testing.T) {
	first := func(n int) time.Duration {
		rm := newSeries(0, n)
		return exportTime(t, newDiscarding(t), rm)
	}
	var small, large time.Duration
	for range 3 { // a machine that has other things to do gets more than one try
		small, large = first(25_000), first(200_000)
		t.Logf("25,000: %v, 200,000: %v", small, large)
		if large <= 2*8*small {
			return
		}
	}
	t.Errorf("the first export of 25,000 series took %v, and of 200,000 %v", small, large)
}

// Where all series are others each time, an export takes no longer for those that were.
func TestChurnDoesNotGrow(t *testing.T) {
	const series, rounds = 5000, 40
	e := newDiscarding(t)
	var times []time.Duration
	for i := range rounds {
		times = append(times, exportTime(t, e, newSeries(i*series, series)))
	}
	early, late := times[1], times[rounds-1]
	for i := range 5 {
		early, late = min(early, times[1+i]), min(late, times[rounds-1-i])
	}
	t.Logf("early %v, late %v", early, late)
	if late > 3*early { // with each round as one more: 40
		t.Errorf("an early export took %v, and a late one %v", early, late)
	}
}
