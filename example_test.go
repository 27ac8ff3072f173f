package apptuit_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/transport"
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

// The store is away while one process ends; the next one sends what was kept.
func ExampleWithSpool() {
	store := apptuittest.NewServer() // stands for Apptuit
	defer store.Close()
	home, err := os.MkdirTemp("", "shop")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(home)

	process := func(orders int64, patience time.Duration) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		provider, err := apptuit.NewMeterProvider(ctx,
			apptuit.WithEndpoint(store.URL),
			apptuit.WithToken("secret"),
			apptuit.WithSelfMetrics(apptuit.SelfMetricsNone),
			apptuit.WithSpool(filepath.Join(home, "spool"), apptuit.SpoolSize(64<<20)),
			apptuit.WithErrorHandler(func(error) {}),
		)
		if err != nil {
			log.Fatal(err)
		}
		gauge, err := provider.Meter("shop").Int64Gauge("orders")
		if err != nil {
			log.Fatal(err)
		}
		gauge.Record(ctx, orders)
		if err := provider.Shutdown(ctx); err != nil {
			log.Print(err)
		}
	}

	away := store.Inject(apptuittest.Status(503))
	process(1, time.Second)
	fmt.Println("while the store was away:", len(store.Points()))
	away.Remove()
	process(2, 10*time.Second)
	for _, p := range store.Points() {
		fmt.Println(p.Series.Metric(), p.Value)
	}
	// Unordered output:
	// while the store was away: 0
	// orders 1
	// orders 2
}

// A token that was wrong for a moment: Export says that the points are kept, and the
// handler hears when they went out.
func ExampleWithErrorHandler() {
	store := apptuittest.NewServer() // stands for Apptuit
	defer store.Close()
	store.Inject(apptuittest.Status(401).Times(1))

	exporter, err := apptuit.New(
		apptuit.WithEndpoint(store.URL),
		apptuit.WithToken("secret"),
		apptuit.WithErrorHandler(func(err error) {
			var trouble *apptuit.TroubleError
			if errors.As(err, &trouble) && trouble.Ended > 0 {
				fmt.Println("heard: the store takes points again")
				return
			}
			fmt.Println("heard:", err)
		}),
	)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var sending *transport.SendError
	if err := exporter.Export(ctx, manyGauges(1)); errors.As(err, &sending) {
		fmt.Println("Export: status", sending.Status, "kept:", sending.Kept)
	}
	if err := exporter.Shutdown(ctx); err != nil { // sends what is left
		log.Print(err)
	}
	fmt.Println("stored:", len(store.Points()))
	// Output:
	// Export: status 401 kept: 1
	// heard: the store takes points again
	// stored: 1
}

// Quantiles in the place of buckets: a few series for each histogram.
func ExampleWithHistograms() {
	store := apptuittest.NewServer() // stands for Apptuit
	defer store.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	provider, err := apptuit.NewMeterProvider(ctx,
		apptuit.WithEndpoint(store.URL),
		apptuit.WithToken("secret"),
		apptuit.WithSelfMetrics(apptuit.SelfMetricsNone),
		apptuit.WithHistograms(apptuit.HistogramSummary),
		apptuit.WithQuantiles(0.5, 0.99),
	)
	if err != nil {
		log.Fatal(err)
	}
	latency, err := provider.Meter("shop").Float64Histogram("latency")
	if err != nil {
		log.Fatal(err)
	}
	for _, seconds := range []float64{0.05, 0.2, 0.3} {
		latency.Record(ctx, seconds)
	}
	if err := provider.Shutdown(ctx); err != nil { // sends what is left
		log.Print(err)
	}
	for _, p := range store.Points() {
		quantile, _ := p.Series.Tag("quantile")
		fmt.Printf("%s %s %.2f\n", p.Series.Metric(), quantile, p.Value.Float64())
	}
	// Output:
	// latency_mean  0.18
	// latency 0.5 0.20
	// latency 0.99 0.30
	// latency_count  3.00
	// latency_sum  0.55
	// latency_min  0.05
	// latency_max  0.30
}

// The store's name brings its endpoint, its bounds and whether it wants a token; an
// option beside it beats that.
func ExampleWithStore() {
	store := apptuittest.NewServer(apptuittest.WithOpenTSDB()) // stands for OpenTSDB
	defer store.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	provider, err := apptuit.NewMeterProvider(ctx,
		apptuit.WithStore(apptuit.OpenTSDB),
		apptuit.WithEndpoint(store.URL), // in the place of http://localhost:4242
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
	if err := provider.Shutdown(ctx); err != nil { // sends what is left
		log.Print(err)
	}
	for _, p := range store.Points() {
		fmt.Println(p.Series.Metric(), p.Value)
	}
	// Output: http_requests 3
}
