package collectortest

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// A collector is a process of its own.
type collector struct {
	config, url string
	cmd         *exec.Cmd
}

func newCollector(t *testing.T, store string) *collector {
	t.Helper()
	addr := realserver.FreeAddrs(t, 1)[0]
	c := &collector{config: t.TempDir() + "/config.yaml", url: "http://" + addr}
	text := fmt.Sprintf(`
extensions:
  file_storage:
    directory: %q
    create_directory: true
receivers:
  otlp:
    protocols:
      http:
        endpoint: %s
exporters:
  apptuit:
    store: victoriametrics
    endpoint: %s
    sending_queue:
      storage: file_storage
    retry_on_failure:
      initial_interval: 100ms
      max_interval: 500ms
      max_elapsed_time: 0s
`, t.TempDir()+"/queue", addr, store)
	if err := os.WriteFile(c.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// start starts the process, and returns when it takes OTLP.
func (c *collector) start(t *testing.T) {
	t.Helper()
	c.cmd = exec.Command(os.Args[0])
	c.cmd.Env = append(os.Environ(), configVariable+"="+c.config)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.kill() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the Collector said %q, %v", line, err)
	}
}

// kill ends the process with SIGKILL.
func (c *collector) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// Everything that the Collector acknowledged arrives, though the store was down and the
// Collector was killed: point by point what the exporter in the program stores.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	byCollector, inProgram := realserver.StartVictoriaMetrics(t), realserver.StartVictoriaMetrics(t)
	c := newCollector(t, byCollector.PutURL)
	c.start(t)
	byCollector.Kill(t)

	reader := sdkmetric.NewManualReader()
	use := instruments(t, reader)
	overOTLP, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(c.url+"/v1/metrics"))
	if err != nil {
		t.Fatal(err)
	}
	defer overOTLP.Shutdown(context.Background())
	own, err := apptuit.New(apptuit.WithStore(apptuit.VictoriaMetrics), apptuit.WithEndpoint(inProgram.PutURL), apptuit.WithoutHostTag())
	if err != nil {
		t.Fatal(err)
	}
	defer own.Shutdown(context.Background())
	for round := range 20 {
		use(round)
		var rm metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &rm); err != nil {
			t.Fatal(err)
		}
		if err := own.Export(t.Context(), &rm); err != nil {
			t.Fatal(err)
		}
		if err := overOTLP.Export(t.Context(), &rm); err != nil {
			t.Fatalf("the Collector took no collection %d: %v", round, err)
		}
		if round == 10 {
			c.kill()
			c.start(t)
		}
	}
	c.kill()
	byCollector.Restart(t)
	c.start(t)

	want := stored(t, inProgram)
	var got []string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) { // a real process has the real time
		if got = stored(t, byCollector); slices.Equal(got, want) {
			break
		}
	}
	if !slices.Equal(got, want) || len(want) < 40 {
		t.Errorf("%d points are stored, want %d", len(got), len(want))
	}
}

// instruments returns what uses one of each kind.
func instruments(t *testing.T, reader sdkmetric.Reader) (use func(round int)) {
	t.Helper()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader),
		sdkmetric.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))),
		sdkmetric.WithView(sdkmetric.NewView(sdkmetric.Instrument{Name: "t.exponents"},
			sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 20, MaxScale: 20}})))
	t.Cleanup(func() { provider.Shutdown(context.Background()) })
	m := provider.Meter("test/meter")
	counter, err1 := m.Int64Counter("t.counter")
	gauge, err2 := m.Float64Gauge("t.gauge")
	explicit, err3 := m.Float64Histogram("t.explicit", metric.WithExplicitBucketBoundaries(0, 1, 10))
	exponents, err4 := m.Float64Histogram("t.exponents")
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return func(round int) {
		set := metric.WithAttributes(attribute.Int("round", round%3))
		counter.Add(t.Context(), int64(round), set)
		gauge.Record(t.Context(), float64(round)/8, set)
		explicit.Record(t.Context(), float64(round), set)
		exponents.Record(t.Context(), float64(round+1), set)
	}
}

// stored returns the points of a store, each once: those of one second and series that
// are equal, and the last of others.
func stored(t *testing.T, vm *realserver.VictoriaMetrics) (all []string) {
	t.Helper()
	for _, s := range vm.Samples(t, `{__name__=~"t_.*"}`) {
		var tags strings.Builder
		for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
			fmt.Fprintf(&tags, "%s=%q,", key, s.Tags[key])
		}
		all = append(all, fmt.Sprint(s.Metric, "{", tags.String(), "} ", s.UnixMilli, " ", s.Value))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
