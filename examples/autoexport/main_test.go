package main

import (
	"context"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

func TestTheEnvironmentSendsItsMetrics(t *testing.T) {
	store := apptuittest.NewServer(apptuittest.WithToken("secret"))
	defer store.Close()
	t.Setenv("OTEL_METRICS_EXPORTER", "apptuit")
	t.Setenv("APPTUIT_API_ENDPOINT", store.URL)
	t.Setenv("APPTUIT_API_TOKEN", "secret")
	if err := run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, p := range store.Points() {
		if p.Series.Metric() == "shop_orders" && p.Value.Int64() == 3 {
			return
		}
	}
	t.Errorf("stored %v", store.Points())
}
