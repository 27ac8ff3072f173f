package apptuit_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// What a provider of one call measures is what real servers hold: views, resource and
// limits too, and what nine callbacks of ten gave.
func TestProviderOnRealServers(t *testing.T) {
	for name, start := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			var mu sync.Mutex
			var heard []string
			provider, err := apptuit.NewMeterProvider(t.Context(), append(s.opts,
				apptuit.WithInterval(time.Hour),
				apptuit.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))),
				apptuit.WithViews(sdkmetric.NewView(sdkmetric.Instrument{Name: "jobs"}, sdkmetric.Stream{Name: "tasks"})),
				apptuit.WithViews(sdkmetric.NewView(sdkmetric.Instrument{Name: "secret"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationDrop{}})),
				apptuit.WithCardinalityLimit(5),
				apptuit.WithErrorHandler(func(err error) {
					mu.Lock()
					defer mu.Unlock()
					heard = append(heard, err.Error())
				}))...)
			if err != nil {
				t.Fatal(err)
			}
			observed(t, provider, func(context.Context) error { return errCallback })
			for _, name := range []string{"jobs", "secret", "requests"} {
				counter, err := provider.Meter("m").Int64Counter(name)
				if err != nil {
					t.Fatal(err)
				}
				for i := range 100 {
					counter.Add(t.Context(), 1, metric.WithAttributes(attribute.Int("i", i)))
				}
			}
			for range 2 {
				if err := provider.ForceFlush(t.Context()); !errors.Is(err, errCallback) {
					t.Errorf("ForceFlush: %v", err)
				}
			}
			if stats := provider.Stats(); stats.Sent < 2*19 || stats.QueuedPoints != 0 {
				t.Errorf("stats %+v", stats)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := provider.Shutdown(ctx); !errors.Is(err, errCallback) {
				t.Errorf("Shutdown: %v", err)
			}
			for metric, wantSets := range map[string]int{"c0": 1, "c9": 1, "c3": 0, "tasks": 5, "jobs": 0, "secret": 0, "requests": 5, "apptuit_reporter_send_total": 1} {
				sets := map[string]bool{}
				for _, sample := range s.samples(metric) {
					sets[sample.Tags["i"]+sample.Tags["otel_metric_overflow"]] = true
					if sample.Tags["service_name"] != "shop" {
						t.Errorf("%s has the tags %v", metric, sample.Tags)
					}
					if sample.Tags["otel_metric_overflow"] == "true" && sample.Value != 96 {
						t.Errorf("%v measurements of %s fell over the limit, want 96", sample.Value, metric)
					}
				}
				if len(sets) != wantSets {
					t.Errorf("%s has %d series, want %d", metric, len(sets), wantSets)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all := strings.Join(heard, "\n")
			if len(heard) != 3 || strings.Count(all, "tasks has more") != 1 || strings.Count(all, "requests has more") != 1 || strings.Count(all, errCallback.Error()) != 1 {
				t.Errorf("heard %q, want two limits and one failure", heard)
			}
		})
	}
}

// Deltas that are collected within a second add up in the store, whoever reads them.
func TestDeltasOfOneSecondOnRealServers(t *testing.T) {
	readers := map[string]func(*apptuit.Exporter) sdkmetric.Reader{
		"Reader":         func(e *apptuit.Exporter) sdkmetric.Reader { return apptuit.NewReader(e) },
		"PeriodicReader": func(e *apptuit.Exporter) sdkmetric.Reader { return sdkmetric.NewPeriodicReader(e) },
	}
	var work sync.WaitGroup // the waits are real, of a second each
	runs := map[string]*deltaRun{}
	for name, start := range stores {
		for kind, read := range readers {
			r := &deltaRun{store: start(t)}
			runs[name+", "+kind] = r
			work.Go(func() { r.err = r.send(t.Context(), read) })
		}
	}
	work.Wait()
	for name, r := range runs {
		t.Run(name, r.compare)
	}
}

// A deltaRun sends four changes of two instruments as fast as it can.
type deltaRun struct {
	store
	sent float64
	err  error
}

func (r *deltaRun) send(ctx context.Context, read func(*apptuit.Exporter) sdkmetric.Reader) error {
	exporter, err := apptuit.New(append(r.opts, apptuit.WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector))...)
	if err != nil {
		return err
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(read(exporter)))
	counter, err := provider.Meter("m").Int64Counter("requests")
	if err != nil {
		return err
	}
	sizes, err := provider.Meter("m").Int64Histogram("sizes")
	if err != nil {
		return err
	}
	for i := range int64(4) {
		counter.Add(ctx, i+1)
		sizes.Record(ctx, i+1)
		r.sent += float64(i + 1)
		if i == 3 {
			break // Shutdown sends the last
		}
		if err := provider.ForceFlush(ctx); err != nil {
			return err
		}
	}
	return provider.Shutdown(ctx)
}

func (r *deltaRun) compare(t *testing.T) {
	if r.err != nil {
		t.Fatal(r.err)
	}
	for _, metric := range []string{"requests", "sizes_sum"} {
		stored, moments := 0.0, map[int64]bool{}
		for _, sample := range r.samples(metric) {
			stored += sample.Value
			moments[sample.UnixMilli] = true
		}
		if stored != r.sent || len(moments) != 4 {
			t.Errorf("%s: %v is stored in %d points, want %v in 4", metric, stored, len(moments), r.sent)
		}
	}
}
