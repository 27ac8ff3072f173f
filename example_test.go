package apptuit_test

import (
	"context"
	"fmt"
	"log"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

func Example() {
	store := apptuittest.NewServer() // stands for Apptuit
	defer store.Close()

	exporter, err := apptuit.New(
		apptuit.WithEndpoint(store.URL),
		apptuit.WithToken("secret"),
		apptuit.WithTags(map[string]string{"team": "checkout"}),
		apptuit.WithoutHostTag(),
		apptuit.WithoutEnvTags(),
	)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)),
		sdkmetric.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))),
	)

	requests, err := provider.Meter("shop").Int64Counter("http.requests")
	if err != nil {
		log.Fatal(err)
	}
	requests.Add(context.Background(), 3, metric.WithAttributes(attribute.String("page", "cart")))

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := provider.Shutdown(ctx); err != nil { // sends what is left
		log.Fatal(err)
	}
	for _, p := range store.Points() {
		fmt.Println(p.Series, p.Value)
	}
	// Output: http_requests{otel_scope_name="shop",page="cart",service_name="shop",team="checkout"} 3
}

func ExampleExporter_Stats() {
	store := apptuittest.NewServer()
	defer store.Close()
	exporter, err := apptuit.New(apptuit.WithEndpoint(store.URL), apptuit.WithToken("secret"))
	if err != nil {
		log.Fatal(err)
	}
	if err := exporter.Export(context.Background(), manyGauges(3)); err != nil {
		log.Fatal(err)
	}
	stats := exporter.Stats()
	fmt.Println("sent:", stats.Sent, "queued:", stats.QueuedPoints, "failures in a row:", stats.Failures)
	// Output: sent: 3 queued: 0 failures in a row: 0
}
