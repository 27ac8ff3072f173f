package apptuitexporter

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// manySeries returns series of counters and gauges with five attributes each, of some
// resources.
func manySeries(series, resources int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	each := series / resources
	for r := range resources {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("service.name", "shop")
		rm.Resource().Attributes().PutStr("service.instance.id", fmt.Sprint(r))
		sm := rm.ScopeMetrics().AppendEmpty()
		sm.Scope().SetName("bench")
		for m := range 10 {
			metric := sm.Metrics().AppendEmpty()
			metric.SetName(fmt.Sprintf("shop.metric.%d", m))
			dps := metric.SetEmptyGauge().DataPoints()
			for i := range each / 10 {
				dp := dps.AppendEmpty()
				dp.Attributes().PutStr("http.route", fmt.Sprintf("/item/%d", i))
				dp.Attributes().PutStr("http.method", "GET")
				dp.Attributes().PutInt("http.status_code", 200)
				dp.Attributes().PutStr("zone", "eu-west-1")
				dp.Attributes().PutStr("pool", "blue")
			}
		}
	}
	return md
}

// next gives each point the next time and value.
func next(md pmetric.Metrics, round int) {
	at := pcommon.NewTimestampFromTime(time.Unix(1_700_000_000+int64(round)*10, 0))
	for _, rm := range md.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			for i, dp := range m.Gauge().DataPoints().All() {
				dp.SetTimestamp(at)
				dp.SetDoubleValue(float64(round*1000+i) / 8)
			}
		}
	}
}

// apart returns the resources of a push as pushes of their own.
func apart(md pmetric.Metrics) (all []pmetric.Metrics) {
	for _, rm := range md.ResourceMetrics().All() {
		one := pmetric.NewMetrics()
		rm.CopyTo(one.ResourceMetrics().AppendEmpty())
		all = append(all, one)
	}
	return all
}

// What it costs to make batches of 10,000 series, without the network.
func BenchmarkLoad(b *testing.B) {
	const series = 10_000
	for _, test := range []struct {
		name      string
		resources int
		apart     bool
	}{{"1 resource", 1, false}, {"100 resources", 100, false}, {"1000 resources", 1000, false}, {"1000 resources one by one", 1000, true}} {
		b.Run(test.name, func(b *testing.B) {
			e := newLoader(b)
			pushes := []pmetric.Metrics{manySeries(series, test.resources)}
			if test.apart {
				pushes = apart(pushes[0])
			}
			var spent, least time.Duration
			size := 0
			round := func(i int) {
				b.StopTimer()
				for _, md := range pushes {
					next(md, i)
				}
				b.StartTimer()
				began := heaptest.CPU()
				size = 0
				for _, md := range pushes {
					size += sizeOf(e.load(md))
				}
				took := heaptest.CPU() - began
				spent, least = spent+took, min(least, took)
			}
			round(-1)
			b.ReportAllocs()
			b.ResetTimer()
			spent, least = 0, time.Hour
			for i := range b.N {
				round(i)
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/series, "cpu-ns/series")
			b.ReportMetric(float64(least.Nanoseconds())/series, "least-cpu-ns/series")
			b.ReportMetric(float64(size)/series, "wire-B/series")
		})
	}
}

func sizeOf(l *load) (n int) {
	for _, b := range l.batches {
		n += len(b.Body)
	}
	return n
}

func newLoader(t testing.TB) *metricsExporter {
	cfg := createDefaultConfig().(*Config)
	cfg.Token = testToken
	e, err := newExporter(cfg, exportertest.NewNopSettings(typ))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return e
}

// Resources that are pushed one by one keep their series: a push allocates a little, and
// not for each series.
func TestResourcesPushedOneByOneKeepTheirSeries(t *testing.T) {
	e := newLoader(t)
	pushes := apart(manySeries(10_000, 1000))
	push := func() {
		for _, md := range pushes {
			e.load(md)
		}
	}
	push()
	allocs := testing.AllocsPerRun(3, push)
	if perPush := allocs / float64(len(pushes)); perPush > 50 {
		t.Errorf("%.0f allocations for a push of ten series", perPush)
	}
}
