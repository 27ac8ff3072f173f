package apptuitexporter

import (
	"context"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

func checkConfigStruct(t *testing.T, cfg component.Config) {
	t.Helper()
	if err := componenttest.CheckConfigStruct(cfg); err != nil {
		t.Error(err)
	}
}

func TestComponentFactoryType(t *testing.T) {
	if got := NewFactory().Type().String(); got != "apptuit" {
		t.Errorf("%s", got)
	}
	if got := NewFactory().MetricsStability(); got != metricsStability {
		t.Errorf("%s", got)
	}
}

func TestComponentLifecycle(t *testing.T) {
	factory := NewFactory()
	make := func() exporter.Metrics {
		cfg := factory.CreateDefaultConfig().(*Config)
		cfg.Token, cfg.ClientConfig.Endpoint = "a-good-token", "http://127.0.0.1:1"
		cfg.RetryConfig.Enabled = false
		e, err := factory.CreateMetrics(t.Context(), exportertest.NewNopSettings(typ), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	t.Run("shutdown without start", func(t *testing.T) {
		if err := make().Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	t.Run("start, consume, shutdown", func(t *testing.T) {
		e := make()
		if err := e.Start(context.Background(), componenttest.NewNopHost()); err != nil {
			t.Fatal(err)
		}
		if e.Capabilities().MutatesData {
			t.Error("it says that it changes what it gets")
		}
		if err := e.ConsumeMetrics(context.Background(), gauges(3)); err != nil {
			t.Error(err)
		}
		if err := e.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	t.Run("start twice", func(t *testing.T) {
		for range 2 {
			e := make()
			if err := e.Start(context.Background(), componenttest.NewNopHost()); err != nil {
				t.Fatal(err)
			}
			if err := e.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
}

// What the running Collector lacks is told by Start.
func TestStartFails(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"tls":   func(c *Config) { c.ClientConfig.TLS.CAFile = "no such file" },
		"proxy": func(c *Config) { c.ClientConfig.ProxyURL = "\x00" },
	} {
		e := newRig(t, "http://127.0.0.1:1", change)
		if err := e.Start(t.Context(), componenttest.NewNopHost()); err == nil {
			t.Errorf("%s: it started", name)
		}
	}
}

// gauges returns n data points of one gauge.
func gauges(n int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("g")
	dps := m.SetEmptyGauge().DataPoints()
	for i := range n {
		dp := dps.AppendEmpty()
		dp.SetTimestamp(1_700_000_000_000_000_000)
		dp.Attributes().PutInt("id", int64(i))
		dp.SetIntValue(int64(i))
	}
	return md
}
