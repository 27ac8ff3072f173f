package collectortest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/realserver"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// builtVariable names the program that the Collector's builder made of
// collector/builder.yaml; the rehearsal of a release sets it.
const builtVariable = "COLLECTORTEST_BUILT"

// A Collector that the builder made, with the example of the README, takes OTLP and
// sends what it took. Only where things are is another place.
func TestBuiltCollector(t *testing.T) {
	program := os.Getenv(builtVariable)
	if program == "" {
		t.Skip("make rehearse runs this test with a Collector that it builds")
	}
	store := realserver.StartVictoriaMetrics(t)
	addr := realserver.FreeAddrs(t, 1)[0]
	file := t.TempDir() + "/config.yaml"
	if err := os.WriteFile(file, []byte(exampleOfTheReadme(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(program, "--config", file,
		"--set=extensions.file_storage.directory="+t.TempDir()+"/queue",
		"--set=receivers.otlp.protocols.http.endpoint="+addr,
		"--set=exporters.apptuit.endpoint="+store.PutURL,
		"--set=service.telemetry.metrics.level=none")
	cmd.Env = append(os.Environ(), "APPTUIT_API_TOKEN=a-good-token")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		return cmd.Wait()
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		if t.Failed() {
			t.Logf("the Collector said:\n%s", &said)
		}
	})

	reader := sdkmetric.NewManualReader()
	instruments(t, reader)(3)
	var rm metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &rm); err != nil {
		t.Fatal(err)
	}
	e, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL("http://"+addr+"/v1/metrics"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Shutdown(context.Background())
	sent := e.Export(t.Context(), &rm)
	for deadline := time.Now().Add(30 * time.Second); errors.Is(sent, syscall.ECONNREFUSED) && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) { // a real process has the real time
		sent = e.Export(t.Context(), &rm)
	}
	if sent != nil {
		t.Fatal(sent)
	}
	var got []string
	for deadline := time.Now().Add(30 * time.Second); len(got) == 0 && time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) { // a real process has the real time
		got = stored(t, store)
	}
	for _, name := range []string{"t_counter{", "t_gauge{", "t_explicit_bucket{", "t_exponents_bucket{"} {
		if !slices.ContainsFunc(got, func(point string) bool { return strings.HasPrefix(point, name) }) {
			t.Errorf("no point of %s} is stored", name)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("the Collector ended: %v", err)
	}
}
