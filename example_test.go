package apptuit_test

import (
	"context"
	"errors"
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

// A reader of one's own: what the callbacks gave arrives, beside one that fails.
func ExampleNewReader() {
	store := apptuittest.NewServer() // stands for Apptuit
	defer store.Close()

	exporter, err := apptuit.New(
		apptuit.WithEndpoint(store.URL),
		apptuit.WithToken("secret"),
		apptuit.WithErrorHandler(func(err error) { fmt.Println("heard:", err) }),
	)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(exporter, apptuit.ReaderInterval(10*time.Second))))

	meter := provider.Meter("shop")
	for name, read := range map[string]func() (int64, error){
		"cart.items":  func() (int64, error) { return 7, nil },
		"stock.items": func() (int64, error) { return 0, errors.New("the stock is closed") },
	} {
		_, err := meter.Int64ObservableGauge(name, metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			n, err := read()
			if err == nil {
				o.Observe(n)
			}
			return err
		}))
		if err != nil {
			log.Fatal(err)
		}
	}

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := provider.Shutdown(ctx); err != nil { // sends what is left
		fmt.Println("Shutdown:", err)
	}
	for _, p := range store.Points() {
		fmt.Println(p.Series.Metric(), p.Value)
	}
	// Output:
	// heard: apptuit: a callback of an instrument, or a producer, failed: the stock is closed
	// Shutdown: apptuit: a callback of an instrument, or a producer, failed: the stock is closed
	// cart_items 7
}

// One call sets everything up; the provider has the exporter's Stats.
func ExampleNewMeterProvider() {
	store := apptuittest.NewServer() // stands for Apptuit
	defer store.Close()

	ctx := context.Background()
	provider, err := apptuit.NewMeterProvider(ctx,
		apptuit.WithEndpoint(store.URL),
		apptuit.WithToken("secret"),
		apptuit.WithSelfMetrics(apptuit.SelfMetricsNone),
	)
	if err != nil {
		log.Fatal(err)
	}
	requests, err := provider.Meter("shop").Int64Counter("http.requests")
	if err != nil {
		log.Fatal(err)
	}
	requests.Add(ctx, 3)

	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := provider.Shutdown(ctx); err != nil { // sends what is left
		log.Print(err)
	}
	fmt.Println("sent:", provider.Stats().Sent)
	// Output: sent: 1
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
