// The quickstart runs a small instrumented service under load for some seconds,
// exports its metrics, reads the points back and prints them.
//
//	go run ./examples/quickstart
//
// It needs Go alone: the store is a fake Apptuit inside the program. Where
// APPTUIT_API_ENDPOINT and APPTUIT_API_TOKEN are both set, the points go there.
// So they do where APPTUIT_STORE names a store that needs no token, beside the endpoint;
// those of VictoriaMetrics are read back by PromQL.
// With -watch it goes on until Ctrl-C, and its store has a page for a browser that
// shows the metrics as they arrive.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

const (
	loadTime = 7500 * time.Millisecond
	interval = time.Second     // so that there is something to draw; the default is one minute
	patience = 4 * time.Second // with a store that does not answer

	lastAttempt = 500 * time.Millisecond // to deliver, after something failed
)

func main() {
	watched := flag.Bool("watch", false, "go on until Ctrl-C, with a page to look at")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	start := func() error { return run(ctx, os.Stdout, loadTime) }
	if *watched {
		start = func() error { return watch(ctx, os.Stdout, watchedLoad) }
	}
	err := start()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, load time.Duration) error {
	to := chooseStore()
	defer to.close()

	exporter, err := apptuit.New(to.options()...)
	if err != nil {
		return err
	}
	res, err := newResource(ctx)
	if err != nil {
		return err
	}
	printHeader(out, to)

	start := time.Now()
	var loaded time.Time
	err = export(ctx, newProvider(exporter, res), func(ctx context.Context, url string) error {
		defer func() { loaded = time.Now() }()
		return putUnderLoad(ctx, url, load, out)
	})
	if err != nil {
		return err
	}
	printDelivered(out, exporter.Stats())

	found, err := readBack(ctx, to, instanceOf(res), start, loaded)
	return report(out, to, found, err, start)
}

// newResource says who measures: its attributes become tags of every point.
// Those of OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, and win.
func newResource(ctx context.Context) (*resource.Resource, error) {
	return resource.New(ctx,
		resource.WithService(), // a service.instance.id for this run
		resource.WithAttributes(semconv.ServiceName("teashop")),
		resource.WithFromEnv(),
	)
}

// newProvider makes what instruments come from. Each interval the reader
// collects them all and hands them to the exporter.
func newProvider(exporter *apptuit.Exporter, res *resource.Resource) *sdkmetric.MeterProvider {
	reader := sdkmetric.NewPeriodicReader(exporter,
		sdkmetric.WithInterval(interval),
		sdkmetric.WithTimeout(patience),
	)
	return sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(res))
}

// export runs the service, which use puts under load, and shuts the provider down in any case:
// that sends what was measured since the last interval.
func export(ctx context.Context, provider *sdkmetric.MeterProvider, use func(ctx context.Context, url string) error) error {
	err := measure(ctx, provider, use)

	wait := patience
	if err != nil {
		wait = lastAttempt
	}
	// After an interrupt too there is something left to send.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	shutdownErr := provider.Shutdown(ctx)
	if err == nil && shutdownErr != nil {
		err = fmt.Errorf("the store did not take everything: %w", shutdownErr)
	}
	return err
}

func measure(ctx context.Context, provider *sdkmetric.MeterProvider, use func(ctx context.Context, url string) error) error {
	err := runtime.Start(
		runtime.WithMeterProvider(provider),
		runtime.WithMinimumReadMemStatsInterval(interval), // the default would repeat values for 15 s
	)
	if err != nil {
		return err
	}
	if err := flush(ctx, provider); err != nil {
		return err
	}
	shop, err := openShop(provider)
	if err != nil {
		return err
	}
	err = use(ctx, shop.url)
	// The chart reads better where the load ends in an interval of the reader.
	// Points do not need this: Shutdown collects what is left.
	sleep(ctx, interval)
	return errors.Join(err, shop.close(ctx))
}

// flush sends the first points at once, so that a wrong token or endpoint shows
// here, and not after the load.
func flush(ctx context.Context, provider *sdkmetric.MeterProvider) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := provider.ForceFlush(ctx); err != nil {
		return fmt.Errorf("the store did not take the first points: %w", err)
	}
	return nil
}
