// Spool shows an outage that lasts longer than the process: what was measured
// while the store was away is sent by the next process, with its own times.
//
//	go run ./examples/spool
//
// The program runs itself twice, as two processes of a service. The store is a
// fake Apptuit inside the first.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// What the first process tells the others.
const (
	nameVariable     = "SPOOL_EXAMPLE_SERVICE"
	endpointVariable = "SPOOL_EXAMPLE_ENDPOINT"
	dirVariable      = "SPOOL_EXAMPLE_DIR"
)

func main() {
	act := direct
	if os.Getenv(nameVariable) != "" {
		act = serve
	}
	if err := act(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// direct is the play: the store is away, a service runs and ends; the store comes
// back, and the service is started again.
func direct(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "spool-example")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	store := apptuittest.NewServer()
	defer store.Close()
	away := store.Inject(apptuittest.Disconnect())

	say("the store is away")
	if err := startService(ctx, "process 1", store.URL, dir); err != nil {
		return err
	}
	say("process 1 has ended; %d points have arrived", len(store.Points()))

	away.Remove()
	say("the store is back")
	if err := startService(ctx, "process 2", store.URL, dir); err != nil {
		return err
	}
	say("process 2 has ended; %d points have arrived, in this order:", len(store.Points()))
	points, old := store.Points(), 0
	for _, p := range points {
		from, _ := p.Series.Tag("from")
		if from == "process 1" {
			old++
		}
		say("  %s %s, measured at %s by %s", p.Series.Metric(), p.Value, p.Time.Local().Format(time.TimeOnly), from)
	}
	if len(points) == 0 {
		return errors.New("nothing arrived")
	}
	if old == 0 {
		return errors.New("the points of process 1 are missing")
	}
	return nil
}

// startService runs this program as the service, to its end.
func startService(ctx context.Context, name, endpoint, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), nameVariable+"="+name, endpointVariable+"="+endpoint, dirVariable+"="+dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// serve is the service: it counts three orders, one a second, and ends.
func serve(ctx context.Context) error {
	name := os.Getenv(nameVariable)
	exporter, err := apptuit.New(
		apptuit.WithEndpoint(os.Getenv(endpointVariable)),
		apptuit.WithToken("example"),
		apptuit.WithTags(map[string]string{"from": name}),
		apptuit.WithSpool(filepath.Join(os.Getenv(dirVariable), "spool")),
		apptuit.WithErrorHandler(func(err error) { say("  %s hears: %v", name, err) }),
	)
	if err != nil {
		return err
	}
	say("  %s starts with %d points in the spool", name, exporter.Stats().QueuedPoints)
	reader := sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(time.Second))
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	orders, err := provider.Meter("shop").Int64Counter("shop.orders")
	if err != nil {
		return err
	}
	for range 3 {
		orders.Add(ctx, 1)
		time.Sleep(time.Second)
	}
	ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	return provider.Shutdown(ctx) // nil: what is left stays in the spool
}

func say(format string, args ...any) {
	fmt.Printf("%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}
