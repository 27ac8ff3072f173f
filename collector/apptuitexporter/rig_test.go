package apptuitexporter

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const testToken = "a-good-token"

// A rig is an exporter without a queue, that tries again at short intervals.
type rig struct {
	exporter.Metrics
	host      *statusHost
	telemetry *componenttest.Telemetry
}

func newRig(t *testing.T, endpoint string, changes ...func(*Config)) *rig {
	t.Helper()
	factory := NewFactory()
	cfg := factory.CreateDefaultConfig().(*Config)
	cfg.Token, cfg.ClientConfig.Endpoint = testToken, endpoint
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	cfg.RetryConfig.InitialInterval, cfg.RetryConfig.MaxInterval = 5*time.Millisecond, 5*time.Millisecond
	for _, change := range changes {
		change(cfg)
	}
	r := &rig{host: &statusHost{Host: componenttest.NewNopHost()}, telemetry: componenttest.NewTelemetry()}
	set := exportertest.NewNopSettings(typ)
	set.TelemetrySettings = r.telemetry.NewTelemetrySettings()
	var err error
	if r.Metrics, err = factory.CreateMetrics(t.Context(), set, cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := r.telemetry.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// started returns a rig that sends to a fake store.
func started(t *testing.T, changes ...func(*Config)) (*rig, *apptuittest.Server) {
	t.Helper()
	store := apptuittest.NewServer(apptuittest.WithToken(testToken))
	t.Cleanup(store.Close)
	return startedAt(t, store.URL, changes...), store
}

func startedAt(t *testing.T, endpoint string, changes ...func(*Config)) *rig {
	t.Helper()
	r := newRig(t, endpoint, changes...)
	if err := r.Start(t.Context(), r.host); err != nil {
		t.Fatal(err)
	}
	return r
}

// once lets a push be tried a single time.
func once(c *Config) { c.RetryConfig.Enabled = false }

// A statusHost keeps what is reported to it.
type statusHost struct {
	component.Host
	mu     sync.Mutex
	events []*componentstatus.Event
}

func (h *statusHost) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

func (h *statusHost) statuses() (all []componentstatus.Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		all = append(all, e.Status())
	}
	return all
}

// counted returns what a counter of the exporter counted, by reason.
func (r *rig) counted(t *testing.T, name string) map[string]int64 {
	t.Helper()
	var rm metricdata.ResourceMetrics
	if err := r.telemetry.Reader.Collect(t.Context(), &rm); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, sm := range rm.ScopeMetrics {
		for _, m := range sm.Metrics {
			if !strings.HasSuffix(m.Name, name) {
				continue
			}
			for _, dp := range m.Data.(metricdata.Sum[int64]).DataPoints {
				reason, _ := dp.Attributes.Value(attribute.Key("reason"))
				got[reason.AsString()] += dp.Value
			}
		}
	}
	return got
}
