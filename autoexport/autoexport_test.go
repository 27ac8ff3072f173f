package autoexport

import (
	"context"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/contrib/exporters/autoexport"
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

func TestAMissingTokenIsTold(t *testing.T) {
	t.Setenv("OTEL_METRICS_EXPORTER", Name)
	_, err := autoexport.NewMetricReader(context.Background())
	if err == nil || !strings.Contains(err.Error(), "APPTUIT_API_TOKEN") {
		t.Errorf("%v, want an error that names the variable", err)
	}
}
