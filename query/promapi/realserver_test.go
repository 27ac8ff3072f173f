package promapi

import (
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const (
	exports = 5
	step    = 15 * time.Second
	all     = `{__name__=~"shop_.+"}`
)

var last = noon.Add((exports - 1) * step)

// A book has what each series should hold, by export.
type book map[string][]float64

// note adds what a series holds in the next export. labels are name, value pairs.
func (b book) note(name string, v float64, note string, labels ...string) {
	m := model.Metric{"__name__": model.LabelValue(name), "note": model.LabelValue(note), "service_name": "shop"}
	for i := 0; i < len(labels); i += 2 {
		m[model.LabelName(labels[i])] = model.LabelValue(labels[i+1])
	}
	b[m.String()] = append(b[m.String()], v)
}

// collect returns what a reader gives at a time, and notes it. Its fractions are
// short, for VictoriaMetrics keeps about twelve digits of others.
func (b book) collect(r *rand.Rand, at time.Time, n int) *metricdata.ResourceMetrics {
	var counters []metricdata.DataPoint[int64]
	var gauges []metricdata.DataPoint[float64]
	var histograms []metricdata.HistogramDataPoint[float64]
	for _, note := range []string{"plain", `qu"ote\`, "größe ☃\nline"} {
		attrs := attribute.NewSet(attribute.String("note", note))
		count, level := int64(n+1)<<50+r.Int64N(1000), math.Round(r.NormFloat64()*1e6)/1e3
		counters = append(counters, metricdata.DataPoint[int64]{Attributes: attrs, Time: at, Value: count})
		gauges = append(gauges, metricdata.DataPoint[float64]{Attributes: attrs, Time: at, Value: level})
		histograms = append(histograms, metricdata.HistogramDataPoint[float64]{
			Attributes: attrs, Time: at, Count: 10, Sum: level,
			Bounds: []float64{0.25, 1}, BucketCounts: []uint64{uint64(n), 5, uint64(5 - n)},
		})
		b.note("shop_orders", float64(count), note)
		b.note("shop_load", level, note)
		b.note("shop_latency_sum", level, note)
		b.note("shop_latency_count", 10, note)
		b.note("shop_latency_bucket", float64(n), note, "le", "0.25")
		b.note("shop_latency_bucket", float64(n+5), note, "le", "1")
		b.note("shop_latency_bucket", 10, note, "le", "+Inf")
	}
	return &metricdata.ResourceMetrics{
		Resource: resource.NewSchemaless(attribute.String("service.name", "shop")),
		ScopeMetrics: []metricdata.ScopeMetrics{{Scope: instrumentation.Scope{Name: "shop"}, Metrics: []metricdata.Metrics{
			{Name: "shop.orders", Data: metricdata.Sum[int64]{DataPoints: counters, Temporality: metricdata.CumulativeTemporality, IsMonotonic: true}},
			{Name: "shop.load", Data: metricdata.Gauge[float64]{DataPoints: gauges}},
			{Name: "shop.latency", Data: metricdata.Histogram[float64]{DataPoints: histograms, Temporality: metricdata.CumulativeTemporality}},
		}}},
	}
}

// stock starts a server, exports to it, and returns it with what it should hold.
func stock(t *testing.T) (*realserver.VMAuth, book) {
	t.Helper()
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, testToken, vm)
	exporter, err := apptuit.New(apptuit.WithEndpoint(auth.URL), apptuit.WithToken(testToken),
		apptuit.WithoutHostTag(), apptuit.WithoutScopeTags(), apptuit.WithoutEnvTags())
	must(t, err)
	b, r := book{}, rand.New(rand.NewPCG(1, 2))
	for n := range exports {
		must(t, exporter.Export(t.Context(), b.collect(r, noon.Add(time.Duration(n)*step), n)))
	}
	must(t, exporter.Shutdown(t.Context()))
	vm.Samples(t, all) // it answers queries with the points from now on
	return auth, b
}

func connect(t *testing.T, opts ...query.Option) v1.API {
	t.Helper()
	prom, err := New(append([]query.Option{transport.WithEnv(nil), transport.WithToken(testToken)}, opts...)...)
	must(t, err)
	t.Cleanup(prom.(api.CloseIdler).CloseIdleConnections)
	return prom
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What the exporter sent comes back equal, in the ways that PromQL has.
func TestRealServer(t *testing.T) {
	auth, want := stock(t)
	prom := connect(t, transport.WithEndpoint(auth.URL))
	t.Run("Query", func(t *testing.T) { wantVector(t, prom, want) })
	t.Run("QueryRange", func(t *testing.T) { wantMatrix(t, prom, want) })
	t.Run("Series", func(t *testing.T) { wantSeries(t, prom, want) })
	t.Run("LabelValues", func(t *testing.T) { wantLabels(t, prom) })
	t.Run("functions", func(t *testing.T) { wantQuartile(t, prom) })
	t.Run("errors", func(t *testing.T) { wantErrors(t, prom, auth.URL) })
}

func wantVector(t *testing.T, prom v1.API, want book) {
	value, warnings, _, err := prom.Query(t.Context(), all, last)
	must(t, err)
	vector, ok := value.(model.Vector)
	if !ok || len(vector) != len(want) || len(warnings) > 0 {
		t.Fatalf("%T with %d series, want %d; %v", value, len(vector), len(want), warnings)
	}
	for _, s := range vector {
		values := want[s.Metric.String()]
		if len(values) != exports || float64(s.Value) != values[exports-1] || !s.Timestamp.Time().Equal(last) {
			t.Errorf("%v, want the last of %v", s, values)
		}
	}
}

func wantMatrix(t *testing.T, prom v1.API, want book) {
	value, _, _, err := prom.QueryRange(t.Context(), all, v1.Range{Start: noon, End: last, Step: step})
	must(t, err)
	matrix, ok := value.(model.Matrix)
	if !ok || len(matrix) != len(want) {
		t.Fatalf("%T with %d series, want %d", value, len(matrix), len(want))
	}
	for _, s := range matrix {
		var got []float64
		for i, p := range s.Values {
			got = append(got, float64(p.Value))
			if at := noon.Add(time.Duration(i) * step); !p.Timestamp.Time().Equal(at) {
				t.Errorf("%s: point %d is at %v, want %v", s.Metric, i, p.Timestamp.Time(), at)
			}
		}
		if !slices.Equal(got, want[s.Metric.String()]) {
			t.Errorf("%s: %v, want %v", s.Metric, got, want[s.Metric.String()])
		}
	}
}

func wantSeries(t *testing.T, prom v1.API, want book) {
	sets, _, _, err := prom.Series(t.Context(), []string{all}, noon, last)
	must(t, err)
	var got []string
	for _, set := range sets {
		got = append(got, model.Metric(set).String())
	}
	slices.Sort(got)
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(got, names) {
		t.Errorf("%q, want %q", got, names)
	}
}

func wantLabels(t *testing.T, prom v1.API) {
	values, _, _, err := prom.LabelValues(t.Context(), "le", []string{all}, noon, last)
	must(t, err)
	slices.Sort(values)
	if !slices.Equal(values, model.LabelValues{"+Inf", "0.25", "1"}) {
		t.Errorf("values of le: %v", values)
	}
	names, _, _, err := prom.LabelNames(t.Context(), []string{all}, noon, last)
	must(t, err)
	slices.Sort(names)
	if !slices.Equal(names, model.LabelNames{"__name__", "le", "note", "service_name"}) {
		t.Errorf("names: %v", names)
	}
}

// wantQuartile asks for a quantile of the first export: half of what it counts is
// between 0.25 and 1, and nothing is below.
func wantQuartile(t *testing.T, prom v1.API) {
	value, _, _, err := prom.Query(t.Context(), `histogram_quantile(0.25, shop_latency_bucket{note="plain"})`, noon)
	must(t, err)
	vector, ok := value.(model.Vector)
	if !ok || len(vector) != 1 || math.Abs(float64(vector[0].Value)-0.625) > 1e-9 {
		t.Errorf("%v, want one of 0.625", value)
	}
}

func wantErrors(t *testing.T, prom v1.API, url string) {
	wrong := connect(t, transport.WithEndpoint(url), transport.WithToken("wrong-token"))
	small := connect(t, transport.WithEndpoint(url), transport.WithMaxAnswerBytes(500))
	for _, tt := range []struct {
		prom   v1.API
		text   string
		status []int
		cause  error
	}{
		{wrong, all, []int{400, 401}, nil},
		{small, all, []int{200}, query.ErrTooLarge},
		{prom, "sum(", []int{400, 422}, nil},
	} {
		_, _, _, err := tt.prom.Query(t.Context(), tt.text, last)
		var ours *query.Error
		var theirs *v1.Error
		if !errors.As(err, &ours) || !errors.As(err, &theirs) || !slices.Contains(tt.status, ours.Status) {
			t.Errorf("%s: %v, want status %v", tt.text, err, tt.status)
			continue
		}
		if tt.cause == nil && ours.Message == "" || !errors.Is(err, tt.cause) && tt.cause != nil || strings.Contains(err.Error(), "-token") {
			t.Errorf("%s: %v", tt.text, err)
		}
	}
}

// While the store is down vmauth answers 502; the query passes when it is back.
func TestRealServerComesBack(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, testToken, vm)
	prom := connect(t, transport.WithEndpoint(auth.URL))
	vm.Kill(t)
	answer := make(chan error, 1)
	go func() {
		_, _, _, err := prom.Query(t.Context(), "2 + 2", noon)
		answer <- err
	}()
	time.Sleep(100 * time.Millisecond) // for a first attempt or two in vain
	vm.Restart(t)
	must(t, <-answer)
}
