package apptuit

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// A resource filter that panics stops its export. The next one sends each point
// once, and no lock is left.
func TestResourceFilterThatPanics(t *testing.T) {
	store := apptuittest.NewServer()
	defer store.Close()
	calls := 0
	filter := func(attribute.KeyValue) bool {
		if calls++; calls == 2 {
			panic("filter")
		}
		return true
	}
	e, err := New(env(nil), WithEndpoint(store.URL), WithToken("test-token"), WithoutHostTag(), WithResourceFilter(filter))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Shutdown(t.Context())
	rm := oneMetric("m", gauge[int64](1))
	rm.Resource = resource.NewSchemaless(attribute.String("k", "v"))
	rm.ScopeMetrics = append(rm.ScopeMetrics, metricdata.ScopeMetrics{Scope: instrumentation.Scope{Name: "two"}, Metrics: rm.ScopeMetrics[0].Metrics})
	export := func() (panicked bool) {
		defer func() { panicked = recover() != nil }()
		if err := e.Export(t.Context(), rm); err != nil {
			t.Error(err)
		}
		return false
	}
	for calls < 2 {
		rm.Resource = resource.NewSchemaless(attribute.String("k", strings.Repeat("v", calls+1)))
		before := len(store.Points())
		if export() && len(store.Points()) != before {
			t.Error("points of a collection that was not finished")
		}
	}
	before := len(store.Points())
	if export() {
		t.Error("a panic again")
	}
	if sent := len(store.Points()) - before; sent != 2 || e.Stats().Sent != uint64(len(store.Points())) {
		t.Errorf("%d points were sent, want 2; %+v", sent, e.Stats())
	}
}

// No lock is held while the filter runs: it may call the exporter.
func TestResourceFilterThatCallsTheExporter(t *testing.T) {
	var e *Exporter
	filter := func(attribute.KeyValue) bool { return e.Stats().Sent == 0 }
	e, err := New(env(nil), WithToken("test-token"), WithHTTPClient(&http.Client{Transport: discard{}}), WithResourceFilter(filter))
	if err != nil {
		t.Fatal(err)
	}
	rm := oneMetric("m", gauge[int64](1))
	rm.Resource = resource.NewSchemaless(attribute.String("k", "v"))
	ended := make(chan error, 1)
	go func() { ended <- e.Export(t.Context(), rm) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Export hangs")
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
