package collectortest

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/apptuitai/apptuit-go/collector/apptuitexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// configVariable names the configuration of a child process, which is a Collector.
const configVariable = "COLLECTORTEST_CONFIG"

func TestMain(m *testing.M) {
	child := func() error { return collect(os.Getenv(configVariable)) }
	switch {
	case os.Getenv(sinkVariable) != "":
		child = sink
	case os.Getenv(configVariable) == "":
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A host has the extensions of a Collector.
type host struct {
	extensions map[component.ID]component.Component
}

func (h host) GetExtensions() map[component.ID]component.Component { return h.extensions }

// section fills a configuration from its part of a file, and checks it.
func section(conf *confmap.Conf, name string, cfg component.Config) error {
	sub, err := conf.Sub(name)
	if err != nil {
		return err
	}
	if err := sub.Unmarshal(cfg); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return confmap.Validate(cfg)
}

// collect runs a Collector of one pipeline until SIGTERM.
func collect(file string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	conf, err := confmaptest.LoadConf(file)
	if err != nil {
		return err
	}
	storages, exporters, receivers := filestorage.NewFactory(), apptuitexporter.NewFactory(), otlpreceiver.NewFactory()
	storageCfg, exporterCfg, receiverCfg := storages.CreateDefaultConfig(), exporters.CreateDefaultConfig(), receivers.CreateDefaultConfig()
	for name, cfg := range map[string]component.Config{"extensions::file_storage": storageCfg, "exporters::apptuit": exporterCfg, "receivers::otlp": receiverCfg} {
		if err := section(conf, name, cfg); err != nil {
			return err
		}
	}
	storage, err := storages.Create(ctx, extensiontest.NewNopSettings(storages.Type()), storageCfg)
	if err != nil {
		return err
	}
	// A queue on disk has a name of its exporter, which stays the same.
	set := exportertest.NewNopSettings(exporters.Type())
	set.ID = component.NewID(exporters.Type())
	exporter, err := exporters.CreateMetrics(ctx, set, exporterCfg)
	if err != nil {
		return err
	}
	receiver, err := receivers.CreateMetrics(ctx, receivertest.NewNopSettings(receivers.Type()), receiverCfg, exporter)
	if err != nil {
		return err
	}
	h := host{map[component.ID]component.Component{component.NewID(storages.Type()): storage}}
	started := []component.Component{storage, exporter, receiver}
	for _, c := range started {
		if err := c.Start(ctx, h); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	<-ctx.Done()
	for i := len(started) - 1; i >= 0; i-- {
		if err := started[i].Shutdown(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

func exampleOfTheReadme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../collector/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the README has no example")
	}
	return example
}

// The example of the README is one that the components take.
func TestExampleOfTheReadme(t *testing.T) {
	example := exampleOfTheReadme(t)
	file := t.TempDir() + "/config.yaml"
	example = strings.ReplaceAll(example, "${env:APPTUIT_API_TOKEN}", "a-good-token")
	example = strings.ReplaceAll(example, "/var/lib/otelcol/queue", t.TempDir())
	if err := os.WriteFile(file, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := confmaptest.LoadConf(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]component.Config{
		"extensions::file_storage": filestorage.NewFactory().CreateDefaultConfig(),
		"exporters::apptuit":       apptuitexporter.NewFactory().CreateDefaultConfig(),
		"receivers::otlp":          otlpreceiver.NewFactory().CreateDefaultConfig(),
	} {
		if err := section(conf, name, cfg); err != nil {
			t.Error(err)
		}
	}
}
