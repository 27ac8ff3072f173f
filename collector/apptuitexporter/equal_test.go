package apptuitexporter

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// overOTLP returns a collection as a Collector gets it from the SDK.
func overOTLP(t *testing.T, rm *metricdata.ResourceMetrics) (md pmetric.Metrics) {
	t.Helper()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			md, err = (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	defer receiver.Close()
	e, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(receiver.URL), otlpmetrichttp.WithCompression(otlpmetrichttp.NoCompression))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Shutdown(context.Background())
	if err := e.Export(t.Context(), rm); err != nil {
		t.Fatal(err)
	}
	return md
}

// A program uses each kind of instrument.
type program struct {
	reader *sdkmetric.ManualReader
	use    func(ctx context.Context, round int)
}

func newProgram(t *testing.T, temporality sdkmetric.TemporalitySelector) *program {
	t.Helper()
	p := &program{reader: sdkmetric.NewManualReader(sdkmetric.WithTemporalitySelector(temporality), sdkmetric.WithProducer(summaries{}))}
	exponential := sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(p.reader),
		sdkmetric.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"), attribute.StringSlice("args", []string{"a", `"b"`}))),
		sdkmetric.WithView(sdkmetric.NewView(sdkmetric.Instrument{Name: "*.exponents"}, exponential)))
	t.Cleanup(func() { provider.Shutdown(context.Background()) })
	m := provider.Meter("test/meter", metric.WithInstrumentationVersion("v1"), metric.WithInstrumentationAttributes(attribute.Int("shard", 3)))
	counter, err1 := m.Int64Counter("t.counter", metric.WithUnit("By"))
	upDown, err2 := m.Float64UpDownCounter("t.updown")
	gauge, err3 := m.Float64Gauge("t.gauge")
	ints, err4 := m.Int64Gauge("t.intgauge")
	explicit, err5 := m.Float64Histogram("t.explicit", metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(0, 0.25, 2.5))
	integers, err6 := m.Int64Histogram("t.integers", metric.WithExplicitBucketBoundaries(0, 10))
	exponents, err7 := m.Float64Histogram("t.exponents")
	for _, err := range []error{err1, err2, err3, err4, err5, err6, err7} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p.use = func(ctx context.Context, round int) {
		for i := range 5 {
			v := float64(i*round) + 0.125
			set := metric.WithAttributes(attribute.String("http.route", fmt.Sprintf("/item/%d ☃", i%3)), attribute.Int("n", i), attribute.Bool("b", i > 2), attribute.Float64("f", v))
			counter.Add(ctx, int64(i)<<50, set)
			upDown.Add(ctx, -v, set)
			gauge.Record(ctx, v, set)
			ints.Record(ctx, int64(-i), set)
			explicit.Record(ctx, v-1, set)
			integers.Record(ctx, int64(i*round), set)
			exponents.Record(ctx, v*v-3, set)
		}
	}
	return p
}

// summaries stands for a bridge that has some.
type summaries struct{}

func (summaries) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	return []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{{Name: "t.summary", Data: metricdata.Summary{
		DataPoints: []metricdata.SummaryDataPoint{{
			Attributes: attribute.NewSet(attribute.String("k", "v")), Time: time.Now(), Count: 3, Sum: 4.5,
			QuantileValues: []metricdata.QuantileValue{{Quantile: 0.5, Value: 1.5}, {Quantile: 0.99, Value: 2}},
		}},
	}}}}}, nil
}

// bothWays exports what a program measures, by the exporter of the SDK to one endpoint
// and by that of the Collector to another.
func bothWays(t *testing.T, p *program, inProgram, byCollector string, opts []apptuit.Option, change func(*Config)) {
	t.Helper()
	e, err := apptuit.New(append(opts, apptuit.WithEndpoint(inProgram), apptuit.WithToken(testToken), apptuit.WithoutHostTag())...)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Shutdown(context.Background())
	r := startedAt(t, byCollector, change)
	for round := 1; round < 4; round++ {
		p.use(t.Context(), round)
		var rm metricdata.ResourceMetrics
		if err := p.reader.Collect(t.Context(), &rm); err != nil {
			t.Fatal(err)
		}
		shift(&rm, time.Duration(round)*10*time.Second)
		if err := e.Export(t.Context(), &rm); err != nil {
			t.Fatal(err)
		}
		if err := r.ConsumeMetrics(t.Context(), overOTLP(t, &rm)); err != nil {
			t.Fatal(err)
		}
	}
}

// shift moves a collection back to a time of its own.
func shift(rm *metricdata.ResourceMetrics, by time.Duration) {
	at := time.Now().Add(by - time.Minute)
	for _, sm := range rm.ScopeMetrics {
		for _, m := range sm.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				shiftPoints(data.DataPoints, at)
			case metricdata.Sum[float64]:
				shiftPoints(data.DataPoints, at)
			case metricdata.Gauge[int64]:
				shiftPoints(data.DataPoints, at)
			case metricdata.Gauge[float64]:
				shiftPoints(data.DataPoints, at)
			case metricdata.Histogram[int64]:
				for i := range data.DataPoints {
					data.DataPoints[i].Time = at
				}
			case metricdata.Histogram[float64]:
				for i := range data.DataPoints {
					data.DataPoints[i].Time = at
				}
			case metricdata.ExponentialHistogram[float64]:
				for i := range data.DataPoints {
					data.DataPoints[i].Time = at
				}
			case metricdata.Summary:
				for i := range data.DataPoints {
					data.DataPoints[i].Time = at
				}
			}
		}
	}
}

func shiftPoints[N int64 | float64](dps []metricdata.DataPoint[N], at time.Time) {
	for i := range dps {
		dps[i].Time = at
	}
}

func lines(points []encoding.Point) []string {
	all := make([]string, len(points))
	for i, p := range points {
		all[i] = fmt.Sprint(p.Series, p.Time.Unix(), p.Value.Float64())
	}
	slices.Sort(all)
	return all
}

func compare(t *testing.T, byCollector, inProgram []string, least int) {
	t.Helper()
	if len(inProgram) < least {
		t.Errorf("%d points only", len(inProgram))
	}
	if slices.Equal(byCollector, inProgram) {
		return
	}
	t.Errorf("%d points, want %d", len(byCollector), len(inProgram))
	for _, line := range byCollector {
		if _, found := slices.BinarySearch(inProgram, line); !found {
			t.Errorf("only by the Collector: %s", line)
		}
	}
	for _, line := range inProgram {
		if _, found := slices.BinarySearch(byCollector, line); !found {
			t.Errorf("only by the exporter of the program: %s", line)
		}
	}
}

// Each kind of instrument is sent by a Collector as the exporter in the program sends
// it, point by point.
func TestBothWaysAreEqual(t *testing.T) {
	nothing := func(*Config) {}
	delta := func(sdkmetric.InstrumentKind) metricdata.Temporality { return metricdata.DeltaTemporality }
	for name, test := range map[string]struct {
		temporality sdkmetric.TemporalitySelector
		opts        []apptuit.Option
		change      func(*Config)
	}{
		"cumulative": {sdkmetric.DefaultTemporalitySelector, nil, nothing},
		"delta":      {delta, []apptuit.Option{apptuit.WithTemporalitySelector(delta)}, nothing},
		"suffixes": {sdkmetric.DefaultTemporalitySelector, []apptuit.Option{apptuit.WithUnitSuffixes(), apptuit.WithPrefix("shop_")}, func(c *Config) {
			c.AddMetricSuffixes, c.Namespace = true, "shop"
		}},
		"few tags": {sdkmetric.DefaultTemporalitySelector, []apptuit.Option{apptuit.WithMaxTags(6), apptuit.WithTags(map[string]string{"team": "blue"})}, func(c *Config) {
			c.MaxTags, c.Tags = 6, map[string]string{"team": "blue"}
		}},
		"summary": {sdkmetric.DefaultTemporalitySelector, []apptuit.Option{apptuit.WithHistograms(apptuit.HistogramSummary | apptuit.HistogramBuckets)}, func(c *Config) {
			c.Histograms = []string{histogramSummary, histogramBuckets}
		}},
		"resource": {sdkmetric.DefaultTemporalitySelector, []apptuit.Option{apptuit.WithResourceFilter(attribute.NewAllowKeysFilter("service.name"))}, func(c *Config) {
			c.IncludeResourceAttributes = []string{"service.*"}
		}},
		"no resource": {sdkmetric.DefaultTemporalitySelector, []apptuit.Option{apptuit.WithResourceFilter(attribute.NewDenyKeysFilter("service.name", "args"))}, func(c *Config) {
			c.IncludeResourceAttributes = []string{noAttributes}
		}},
		"influxdb": {sdkmetric.DefaultTemporalitySelector, []apptuit.Option{apptuit.WithStore(apptuit.InfluxDB)}, func(c *Config) { c.Store = "influxdb" }},
	} {
		t.Run(name, func(t *testing.T) {
			inProgram, byCollector := apptuittest.NewServer(), apptuittest.NewServer()
			defer inProgram.Close()
			defer byCollector.Close()
			bothWays(t, newProgram(t, test.temporality), inProgram.URL, byCollector.URL, test.opts, test.change)
			compare(t, lines(byCollector.Points()), lines(inProgram.Points()), 150)
		})
	}
}

// The same into a real store.
func TestBothWaysAreEqualInVictoriaMetrics(t *testing.T) {
	inProgram, byCollector := realserver.StartVictoriaMetrics(t), realserver.StartVictoriaMetrics(t)
	bothWays(t, newProgram(t, sdkmetric.DefaultTemporalitySelector), inProgram.PutURL, byCollector.PutURL,
		[]apptuit.Option{apptuit.WithStore(apptuit.VictoriaMetrics)}, func(c *Config) { c.Store = "victoriametrics" })
	stored := func(vm *realserver.VictoriaMetrics) (all []string) {
		for _, s := range vm.Samples(t, `{__name__=~"t_.*"}`) {
			tags := ""
			for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
				tags += fmt.Sprintf("%s=%q,", key, s.Tags[key])
			}
			all = append(all, fmt.Sprint(s.Metric, tags, s.UnixMilli, s.Value))
		}
		slices.Sort(all)
		return all
	}
	compare(t, stored(byCollector), stored(inProgram), 150)
}

// Each compression arrives, and is compressed once.
func TestCompressions(t *testing.T) {
	for _, compression := range []string{"gzip", "zlib", "deflate", "none", ""} {
		r, store := started(t, func(c *Config) { c.ClientConfig.Compression.UnmarshalText([]byte(compression)) })
		if err := r.ConsumeMetrics(t.Context(), gauges(500)); err != nil || store.Stored() != 500 {
			t.Errorf("%s: %v, %d are stored", compression, err, store.Stored())
		}
	}
	received := make(chan []byte, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		body, _ := io.ReadAll(z)
		received <- body
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	if err := startedAt(t, server.URL).ConsumeMetrics(t.Context(), gauges(1)); err != nil {
		t.Fatal(err)
	}
	if body := string(<-received); !strings.HasPrefix(body, `[{"metric":"g"`) {
		t.Errorf("%.100s", body)
	}
}
