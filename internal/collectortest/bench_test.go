package collectortest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/collector/apptuitexporter"
	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// pushes returns series of five attributes, of some resources in a push each or in one.
func pushes(series, resources int, apart bool) (all []pmetric.Metrics) {
	var md pmetric.Metrics
	for r := range resources {
		if r == 0 || apart {
			md = pmetric.NewMetrics()
			all = append(all, md)
		}
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("service.name", "shop")
		rm.Resource().Attributes().PutStr("service.instance.id", fmt.Sprint(r))
		metrics := rm.ScopeMetrics().AppendEmpty().Metrics()
		for m := range 10 {
			metric := metrics.AppendEmpty()
			metric.SetName(fmt.Sprintf("shop.metric.%d", m))
			dps := metric.SetEmptyGauge().DataPoints()
			for i := range series / resources / 10 {
				dp := dps.AppendEmpty()
				dp.Attributes().PutStr("http.route", fmt.Sprintf("/item/%d", i))
				dp.Attributes().PutStr("http.method", "GET")
				dp.Attributes().PutInt("http.status_code", 200)
				dp.Attributes().PutStr("zone", "eu-west-1")
				dp.Attributes().PutStr("pool", "blue")
			}
		}
	}
	return all
}

// next gives each point the next time and value.
func next(all []pmetric.Metrics, round int) {
	at := pcommon.NewTimestampFromTime(time.Unix(1_700_000_000+int64(round)*10, 0))
	for _, md := range all {
		for _, rm := range md.ResourceMetrics().All() {
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				for i, dp := range m.Gauge().DataPoints().All() {
					dp.SetTimestamp(at)
					dp.SetDoubleValue(float64(round*1000+i) / 8)
				}
			}
		}
	}
}

// What a push of 10,000 series costs, to a server in this process that reads it and no
// more, beside the exporter for OTLP of the Collector. Both compress with gzip.
func BenchmarkPush(b *testing.B) {
	const series = 10_000
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer server.Close()
	for name, factory := range map[string]exporter.Factory{"apptuit": apptuitexporter.NewFactory(), "otlphttp": otlphttpexporter.NewFactory()} {
		e := newExporter(b, factory, map[string]any{
			"endpoint": server.URL, "compression": "gzip", "sending_queue": map[string]any{"enabled": false}, "tls": map[string]any{"insecure": true},
		})
		for _, test := range []struct {
			name      string
			resources int
			apart     bool
		}{{"1", 1, false}, {"100", 100, false}, {"1000", 1000, false}, {"1000 one by one", 1000, true}} {
			b.Run(name+"/"+test.name, func(b *testing.B) {
				all := pushes(series, test.resources, test.apart)
				var spent time.Duration
				round := func(i int) {
					next(all, i)
					began := heaptest.CPU()
					for _, md := range all {
						if err := e.ConsumeMetrics(b.Context(), md); err != nil {
							b.Fatal(err)
						}
					}
					spent += heaptest.CPU() - began
				}
				round(-1)
				spent = 0
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					round(i)
				}
				b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/series, "cpu-ns/series")
			})
		}
	}
}

func newExporter(b *testing.B, factory exporter.Factory, settings map[string]any) exporter.Metrics {
	b.Helper()
	if factory.Type().String() == "apptuit" {
		settings["store"] = "victoriametrics"
	}
	cfg := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(settings).Unmarshal(cfg); err != nil {
		b.Fatal(err)
	}
	set := exportertest.NewNopSettings(factory.Type())
	set.ID = component.NewID(factory.Type())
	e, err := factory.CreateMetrics(b.Context(), set, cfg)
	if err == nil {
		err = e.Start(b.Context(), componenttest.NewNopHost())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { e.Shutdown(context.Background()) })
	return e
}
