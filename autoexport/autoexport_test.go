package autoexport

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// The environment alone sends a program's metrics.
func TestEnvironmentChoosesTheExporter(t *testing.T) {
	store := apptuittest.NewServer(apptuittest.WithToken("secret"))
	defer store.Close()
	t.Setenv("OTEL_METRICS_EXPORTER", Name)
	t.Setenv("APPTUIT_API_ENDPOINT", store.URL)
	t.Setenv("APPTUIT_API_TOKEN", "secret")
	t.Setenv("APPTUIT_TAGS", "team: blue")

	reader, err := autoexport.NewMetricReader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	counter, err := provider.Meter("m").Int64Counter("requests")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(context.Background(), 7)
	if err := provider.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	points := store.Points()
	if len(points) != 1 || points[0].Series.Metric() != "requests" || points[0].Value.Int64() != 7 {
		t.Fatalf("stored %v", points)
	}
	if team, _ := points[0].Series.Tag("team"); team != "blue" {
		t.Errorf("tags %v", points[0].Series.Tags())
	}
}

// The exporter's own series are few beside the program's, and what callbacks give
// arrives beside one that fails.
func TestAProgramOf46Series(t *testing.T) {
	store := apptuittest.NewServer()
	defer store.Close()
	t.Setenv("OTEL_METRICS_EXPORTER", Name)
	t.Setenv("APPTUIT_API_ENDPOINT", store.URL)
	t.Setenv("APPTUIT_API_TOKEN", "secret")
	reader, err := autoexport.NewMetricReader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	otel.SetMeterProvider(provider)
	for i := range 46 {
		if _, err := otel.Meter("m").Int64ObservableGauge("g"+strconv.Itoa(i), metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(i))
			return nil
		})); err != nil {
			t.Fatal(err)
		}
	}
	errAway := errors.New("the database is away")
	if _, err := otel.Meter("m").Int64ObservableGauge("bad", metric.WithInt64Callback(func(context.Context, metric.Int64Observer) error { return errAway })); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for range 3 {
		if err := provider.ForceFlush(ctx); !errors.Is(err, errAway) {
			t.Errorf("ForceFlush: %v", err)
		}
	}
	if err := provider.Shutdown(ctx); !errors.Is(err, errAway) {
		t.Errorf("Shutdown: %v", err)
	}
	own, programs := map[string]bool{}, map[string]bool{}
	for _, p := range store.Points() {
		series := own
		if strings.HasPrefix(p.Series.Metric(), "g") {
			series = programs
		}
		series[p.Series.String()] = true
	}
	if len(programs) != 46 || len(own) == 0 || len(own) > 16 {
		t.Errorf("%d series of the program, want 46; %d of the exporter, want 1 to 16", len(programs), len(own))
	}
}

func TestAMissingTokenIsTold(t *testing.T) {
	t.Setenv("OTEL_METRICS_EXPORTER", Name)
	_, err := autoexport.NewMetricReader(context.Background())
	if err == nil || !strings.Contains(err.Error(), "APPTUIT_API_TOKEN") {
		t.Errorf("%v, want an error that names the variable", err)
	}
}
