// Autoexport is a program that knows OpenTelemetry alone: of this library it has
// one import, and the environment says where its metrics go.
//
//	export OTEL_METRICS_EXPORTER=apptuit APPTUIT_API_TOKEN=...
//	go run .
//
// Without OTEL_METRICS_EXPORTER nothing is exported. The test beside this file
// runs it against a fake Apptuit.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	_ "github.com/apptuitai/apptuit-go/autoexport"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	if os.Getenv("OTEL_METRICS_EXPORTER") == "" {
		os.Setenv("OTEL_METRICS_EXPORTER", "none") // the library's own default is otlp
	}
	reader, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		return err
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	otel.SetMeterProvider(provider)

	orders, err := otel.Meter("shop").Int64Counter("shop.orders")
	if err != nil {
		return err
	}
	for range 3 {
		orders.Add(ctx, 1)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := provider.Shutdown(ctx); err != nil { // sends what is left
		return err
	}
	fmt.Println("3 orders were measured, and exported by", os.Getenv("OTEL_METRICS_EXPORTER"))
	return nil
}
