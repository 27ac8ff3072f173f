// The reporter is the shortest program: one call sets up everything, and the
// metrics of the runtime, of the process and of the exporter itself come with it.
//
//	go run ./examples/reporter
//
// It is what ApptuitReporter(...).start() was in Python. Where APPTUIT_API_TOKEN
// is not set, the points go to a fake Apptuit inside the program.
package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/otel"
)

func main() {
	fake := fakeStore()
	defer fake.Close()

	ctx := context.Background()
	provider, err := apptuit.NewMeterProvider(ctx, apptuit.WithRuntimeMetrics(), apptuit.WithProcessMetrics())
	if err != nil {
		log.Fatal(err)
	}
	otel.SetMeterProvider(provider)

	work(ctx)

	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := provider.Shutdown(ctx); err != nil { // sends what is left
		log.Print(err)
	}
	fmt.Println("sent:", provider.Stats().Sent, "points")
	show(fake)
}

// work is the program itself: it measures through OpenTelemetry alone.
func work(ctx context.Context) {
	orders, err := otel.Meter("shop").Int64Counter("shop.orders")
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		orders.Add(ctx, 1)
	}
}

// fakeStore makes the environment point to a fake, unless it has a token.
func fakeStore() *apptuittest.Server {
	fake := apptuittest.NewServer()
	if os.Getenv("APPTUIT_API_TOKEN") == "" {
		os.Setenv("APPTUIT_API_ENDPOINT", fake.URL)
		os.Setenv("APPTUIT_API_TOKEN", "example")
	}
	return fake
}

func show(fake *apptuittest.Server) {
	points := fake.Points()
	if len(points) == 0 {
		fmt.Println("The points are in the store of the environment.")
		return
	}
	last := map[string]string{}
	for _, p := range points {
		last[p.Series.Metric()] = p.Value.String()
	}
	fmt.Printf("%d points of %d metrics arrived:\n\n", len(points), len(last))
	for _, metric := range slices.Sorted(maps.Keys(last)) {
		fmt.Printf("  %-40s %s\n", metric, last[metric])
	}
}
