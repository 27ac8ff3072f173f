package apptuit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/otel/sdk/resource"
)

// metricsOf returns the names of what a store holds.
func metricsOf(store *apptuittest.Server) map[string]bool {
	names := map[string]bool{}
	for _, p := range store.Points() {
		names[p.Series.Metric()] = true
	}
	return names
}

// One call sets up all, one Shutdown ends it.
func TestNewMeterProvider(t *testing.T) {
	store := apptuittest.NewServer()
	defer store.Close()
	provider, err := NewMeterProvider(t.Context(), env(nil), WithEndpoint(store.URL), WithToken("test-token"),
		WithRuntimeMetrics(), WithProcessMetrics())
	if err != nil {
		t.Fatal(err)
	}
	counter, err := provider.Meter("m").Int64Counter("requests")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	for range 2 { // the second export has the metrics of the first
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	names := metricsOf(store)
	for _, want := range []string{
		"requests", "go_goroutine_count", "process_cpu_time",
		"apptuit_reporter_send_total", "otel_sdk_exporter_operation_duration_count",
	} {
		if !names[want] {
			t.Errorf("no %s among %v", want, names)
		}
	}
	p := store.Points()[0]
	for _, tag := range []string{"service_name", "telemetry_sdk_language"} {
		if _, there := p.Series.Tag(tag); !there {
			t.Errorf("no tag %s in %s", tag, p.Series)
		}
	}
}

func TestNewMeterProviderExportsAtItsInterval(t *testing.T) {
	store := apptuittest.NewServer()
	defer store.Close()
	provider, err := NewMeterProvider(t.Context(), env(nil), WithEndpoint(store.URL), WithToken("test-token"), WithInterval(5*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Shutdown(context.Background())
	counter, err := provider.Meter("m").Int64Counter("requests")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := store.WaitPoints(ctx, 1); err != nil { // real time: the reader's ticker
		t.Error(err)
	}
}

func TestOptionsOfTheProviderAlone(t *testing.T) {
	for name, opt := range map[string]Option{
		"WithInterval":         WithInterval(time.Second),
		"WithRuntimeMetrics":   WithRuntimeMetrics(),
		"WithProcessMetrics":   WithProcessMetrics(),
		"WithViews":            WithViews(),
		"WithResource":         WithResource(resource.Empty()),
		"WithCardinalityLimit": WithCardinalityLimit(0),
	} {
		_, err := New(env(nil), WithToken("test-token"), opt)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "NewMeterProvider") {
			t.Errorf("%s given to New: %v", name, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "spool")
	if _, err := New(env(nil), WithToken("test-token"), WithSpool(dir), WithInterval(time.Second)); err == nil {
		t.Error("WithInterval given to New beside WithSpool: no error")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("New has failed and left the spool open: %v", err)
	}
	_, err := NewMeterProvider(t.Context(), env(nil), WithToken("test-token"), WithInterval(0))
	if err == nil || !strings.Contains(err.Error(), "WithInterval") {
		t.Errorf("WithInterval(0): %v", err)
	}
	_, err = NewMeterProvider(t.Context(), env(nil), WithToken("test-token"), WithResource(nil), WithSelfMetrics(7))
	if err == nil || !strings.Contains(err.Error(), "WithResource") || !strings.Contains(err.Error(), "WithSelfMetrics") {
		t.Errorf("WithResource(nil), WithSelfMetrics(7): %v", err)
	}
}
