package collectortest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
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

// What a push of 10,000 series costs in this process, from pdata to the answer of a
// server in another one that reads it and no more, beside the exporter for OTLP of the
// Collector. Both compress with gzip. There is no queue, so that each push is a request
// of its own; in the last case there is one, which joins what comes at once.
func BenchmarkPush(b *testing.B) {
	const series = 10_000
	url := startSink(b)
	for _, test := range []struct {
		name      string
		resources int
		apart     bool
		queue     map[string]any
	}{
		{"1", 1, false, nil}, {"100", 100, false, nil}, {"1000", 1000, false, nil}, {"1000 one by one", 1000, true, nil},
		{"1000 one by one joined", 1000, true, map[string]any{
			"wait_for_result": true, "queue_size": 10 * series, "batch": map[string]any{"min_size": series, "flush_timeout": "1s"},
		}},
	} {
		for _, factory := range []exporter.Factory{apptuitexporter.NewFactory(), otlphttpexporter.NewFactory()} {
			b.Run(test.name+"/"+factory.Type().String(), func(b *testing.B) {
				queue := test.queue
				if queue == nil {
					queue = map[string]any{"enabled": false}
				}
				e := newExporter(b, factory, map[string]any{
					"endpoint": url, "compression": "gzip", "sending_queue": queue, "tls": map[string]any{"insecure": true},
				})
				all := pushes(series, test.resources, test.apart)
				var spent, least time.Duration
				round := func(i int) {
					next(all, i)
					began := heaptest.CPU()
					push(b, e, all, test.queue != nil)
					took := heaptest.CPU() - began
					spent, least = spent+took, min(least, took)
				}
				round(-1)
				spent, least = 0, time.Hour
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					round(i)
				}
				b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/series, "cpu-ns/series")
				b.ReportMetric(float64(least.Nanoseconds())/series, "least-cpu-ns/series")
			})
		}
	}
}

// push pushes one after another, or all at once.
func push(b *testing.B, e exporter.Metrics, all []pmetric.Metrics, atOnce bool) {
	b.Helper()
	if !atOnce {
		for _, md := range all {
			if err := e.ConsumeMetrics(b.Context(), md); err != nil {
				b.Fatal(err)
			}
		}
		return
	}
	var wg sync.WaitGroup
	for _, md := range all {
		wg.Go(func() {
			if err := e.ConsumeMetrics(b.Context(), md); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

// sinkVariable makes a child process a server that reads what it gets.
const sinkVariable = "COLLECTORTEST_SINK"

func sink() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
}

// startSink starts such a process and returns its URL.
func startSink(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), sinkVariable+"=1")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return "http://" + strings.TrimSpace(addr)
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
