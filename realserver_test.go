package apptuit_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

const testToken = "good-token"

// A store is a real server: how to export to it, and how to read a metric back.
type store struct {
	opts    []apptuit.Option
	samples func(metric string) []realserver.Sample
}

var stores = map[string]func(*testing.T) store{
	"apptuittest, by query": func(t *testing.T) store {
		fake := apptuittest.NewServer(apptuittest.WithToken(testToken))
		t.Cleanup(fake.Close)
		client, err := query.New(transport.WithEndpoint(fake.URL), transport.WithToken(testToken))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.CloseIdleConnections)
		return store{
			[]apptuit.Option{apptuit.WithEndpoint(fake.URL), apptuit.WithToken(testToken)},
			func(metric string) []realserver.Sample { return queried(t, client, metric) },
		}
	},
	"VictoriaMetrics": func(t *testing.T) store {
		vm := realserver.StartVictoriaMetrics(t)
		return store{
			[]apptuit.Option{apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken()},
			func(metric string) []realserver.Sample { return vm.Samples(t, metric) },
		}
	},
	"vmauth": func(t *testing.T) store {
		vm := realserver.StartVictoriaMetrics(t)
		auth := realserver.StartVMAuth(t, testToken, vm)
		return store{
			[]apptuit.Option{apptuit.WithEndpoint(auth.URL), apptuit.WithToken(testToken)},
			func(metric string) []realserver.Sample { return vm.Samples(t, metric) },
		}
	},
	"InfluxDB": func(t *testing.T) store {
		influx := realserver.StartInfluxDB(t)
		influx.CreateDatabase(t)
		return store{
			[]apptuit.Option{apptuit.WithEndpoint(influx.PutURL), apptuit.WithoutToken()},
			func(metric string) []realserver.Sample { return influx.Samples(t, metric) },
		}
	},
}

// queried reads a metric back by Apptuit's own query.
func queried(t *testing.T, client *query.Client, metric string) (samples []realserver.Sample) {
	t.Helper()
	result, err := client.Query(t.Context(), query.Fetch(metric).String(), time.Now().Add(-time.Hour), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range result.All() {
		for _, p := range series.Points {
			samples = append(samples, realserver.Sample{Metric: series.Metric, Tags: series.Tags, UnixMilli: p.UnixMilli, Value: p.Value})
		}
	}
	return samples
}

// Random instruments of every kind arrive point by point with what they hold.
func TestRealServersStoreWhatInstrumentsHold(t *testing.T) {
	for name, start := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			p := newProgram(t, s.opts)
			for range 40 {
				p.use()
			}
			before := time.Now()
			if err := p.provider.ForceFlush(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.compare(t, s, before, time.Now())
		})
	}
}

// A program uses one instrument of each kind at random and keeps its own books
// of what each should hold.
type program struct {
	rand     *rand.Rand
	provider *sdkmetric.MeterProvider
	summary  *summaryProducer

	counter   metric.Int64Counter
	upDown    metric.Float64UpDownCounter
	gauge     metric.Float64Gauge
	intGauge  metric.Int64Gauge
	explicit  metric.Float64Histogram
	integers  metric.Int64Histogram
	exponents metric.Float64Histogram

	sums     map[string]map[attrs]float64   // by metric
	recorded map[string]map[attrs][]float64 // by metric
}

// attrs are the two attributes that every measurement here has.
type attrs struct{ route, note string }

func (a attrs) options() metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("http.route", a.route), attribute.String("note", a.note))
}

var testBounds = []float64{-1, 0, 0.25, 2.5, 1e6}

func newProgram(t *testing.T, opts []apptuit.Option) *program {
	t.Helper()
	exporter, err := apptuit.New(append(opts, apptuit.WithTags(map[string]string{"team": "blue, green"}))...)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{
		rand:     rand.New(rand.NewPCG(7, uint64(len(t.Name())))),
		summary:  &summaryProducer{},
		sums:     map[string]map[attrs]float64{},
		recorded: map[string]map[attrs][]float64{},
	}
	reader := sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(time.Hour), sdkmetric.WithProducer(p.summary))
	p.provider = sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(reader),
		sdkmetric.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))),
		sdkmetric.WithView(sdkmetric.NewView(
			sdkmetric.Instrument{Name: "t.exponents"},
			sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}},
		)))
	t.Cleanup(func() { p.provider.Shutdown(context.Background()) })
	p.makeInstruments(t)
	return p
}

func (p *program) makeInstruments(t *testing.T) {
	t.Helper()
	m := p.provider.Meter("test/meter", metric.WithInstrumentationVersion("v1"))
	var errs [7]error
	p.counter, errs[0] = m.Int64Counter("t.counter")
	p.upDown, errs[1] = m.Float64UpDownCounter("t.updown")
	p.gauge, errs[2] = m.Float64Gauge("t.gauge")
	p.intGauge, errs[3] = m.Int64Gauge("t.intgauge")
	p.explicit, errs[4] = m.Float64Histogram("t.explicit", metric.WithExplicitBucketBoundaries(testBounds...))
	p.integers, errs[5] = m.Int64Histogram("t.integers", metric.WithExplicitBucketBoundaries(testBounds...))
	p.exponents, errs[6] = m.Float64Histogram("t.exponents")
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// use measures once with each instrument, for attributes chosen at random.
func (p *program) use() {
	ctx := context.Background()
	notes := []string{"plain", "two words", `qu"ote`, "a=b,c:d", `back\slash.`, "größe ☃", "line\nbreak", ""}
	a := attrs{"/item/" + strconv.Itoa(p.rand.IntN(3)), notes[p.rand.IntN(len(notes))]}
	n, f := p.rand.Int64N(1<<40), p.rand.NormFloat64()*1000

	p.counter.Add(ctx, n, a.options())
	p.add("t_counter", a, float64(n))
	p.upDown.Add(ctx, f, a.options())
	p.add("t_updown", a, f)
	p.gauge.Record(ctx, f, a.options())
	p.set("t_gauge", a, f)
	p.intGauge.Record(ctx, -n, a.options())
	p.set("t_intgauge", a, float64(-n))
	p.explicit.Record(ctx, f, a.options())
	p.record("t_explicit", a, f)
	p.integers.Record(ctx, n%100, a.options())
	p.record("t_integers", a, float64(n%100))
	p.exponents.Record(ctx, f, a.options())
	p.record("t_exponents", a, f)
	p.summary.last = f
}

func (p *program) add(metric string, a attrs, v float64) {
	p.set(metric, a, p.sums[metric][a]+v)
}

func (p *program) set(metric string, a attrs, v float64) {
	if p.sums[metric] == nil {
		p.sums[metric] = map[attrs]float64{}
	}
	p.sums[metric][a] = v
}

func (p *program) record(metric string, a attrs, v float64) {
	if p.recorded[metric] == nil {
		p.recorded[metric] = map[attrs][]float64{}
	}
	p.recorded[metric][a] = append(p.recorded[metric][a], v)
}

// A summaryProducer stands for a bridge that has a summary.
type summaryProducer struct{ last float64 }

func (s *summaryProducer) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	return []metricdata.ScopeMetrics{{
		Scope: instrumentation.Scope{Name: "test/bridge"},
		Metrics: []metricdata.Metrics{{Name: "t.summary", Data: metricdata.Summary{
			DataPoints: []metricdata.SummaryDataPoint{{
				Time: time.Now(), Count: 3, Sum: s.last,
				QuantileValues: []metricdata.QuantileValue{{Quantile: 0.5, Value: 1.5}, {Quantile: 0.99, Value: 2}},
			}},
		}}},
	}}, nil
}

// compare reads back every metric and checks it against the books.
func (p *program) compare(t *testing.T, s store, from, to time.Time) {
	t.Helper()
	c := &comparison{t: t, store: s, from: from.Unix() * 1000, to: to.Unix() * 1000}
	for metric, want := range p.sums {
		points := map[attrs]float64{}
		for a, v := range want {
			points[a] = v
		}
		c.metric(metric, "", points)
	}
	for metric, recorded := range p.recorded {
		c.distribution(metric, recorded)
	}
	c.buckets("t_explicit", p.recorded["t_explicit"], len(testBounds)+1)
	c.buckets("t_integers", p.recorded["t_integers"], len(testBounds)+1)
	c.buckets("t_exponents", p.recorded["t_exponents"], 0)
	c.summary(p.summary.last)
}

type comparison struct {
	t        *testing.T
	store    store
	from, to int64 // Unix milliseconds of whole seconds
}

// metric checks that exactly the points of want are stored under a name; key is
// a tag to leave out of the comparison, checked elsewhere.
func (c *comparison) metric(metric, key string, want map[attrs]float64) {
	c.t.Helper()
	samples := c.store.samples(metric)
	if len(samples) != len(want) {
		c.t.Errorf("%s: %d points, want %d", metric, len(samples), len(want))
	}
	for _, s := range samples {
		a := c.check(metric, s, key)
		if v, ok := want[a]; !ok || !near(s.Value, v) {
			c.t.Errorf("%s%v = %v, want %v (known: %t)", metric, s.Tags, s.Value, v, ok)
		}
	}
}

// check looks at what every point has: its time and the tags that are not its
// own attributes. It returns the attributes.
func (c *comparison) check(metric string, s realserver.Sample, key string) attrs {
	c.t.Helper()
	if s.UnixMilli < c.from || s.UnixMilli > c.to || s.UnixMilli%1000 != 0 {
		c.t.Errorf("%s: time %d is not a whole second from %d to %d", metric, s.UnixMilli, c.from, c.to)
	}
	want := map[string]string{
		"service_name": "shop", "team": "blue, green",
		"otel_scope_name": "test/meter", "otel_scope_version": "v1",
	}
	for k, v := range want {
		if s.Tags[k] != v {
			c.t.Errorf("%s: tag %s is %q, want %q", metric, k, s.Tags[k], v)
		}
	}
	known := []string{"host", "http_route", "note", key}
	for k := range s.Tags {
		if want[k] == "" && !slices.Contains(known, k) {
			c.t.Errorf("%s: unknown tag %s", metric, k)
		}
	}
	return attrs{s.Tags["http_route"], s.Tags["note"]}
}

// distribution checks count, sum, min and max.
func (c *comparison) distribution(metric string, recorded map[attrs][]float64) {
	c.t.Helper()
	for part, of := range map[string]func([]float64) float64{
		"_count": func(v []float64) float64 { return float64(len(v)) },
		"_sum":   sum,
		"_min":   slices.Min[[]float64],
		"_max":   slices.Max[[]float64],
	} {
		want := map[attrs]float64{}
		for a, values := range recorded {
			want[a] = of(values)
		}
		c.metric(metric+part, "", want)
	}
}

// buckets checks that each cumulative count is the number of values at or below
// its bound, and that there are perSeries buckets where that is known.
func (c *comparison) buckets(metric string, recorded map[attrs][]float64, perSeries int) {
	c.t.Helper()
	found := map[attrs]int{}
	for _, s := range c.store.samples(metric + "_bucket") {
		a := c.check(metric, s, "le")
		found[a]++
		le, err := strconv.ParseFloat(s.Tags["le"], 64)
		if err != nil {
			c.t.Errorf("%s: le %q", metric, s.Tags["le"])
			continue
		}
		if want := atOrBelow(recorded[a], le); s.Value != want {
			c.t.Errorf("%s%v: %v values, want %v", metric, s.Tags, s.Value, want)
		}
	}
	for a := range recorded {
		if found[a] == 0 || perSeries > 0 && found[a] != perSeries {
			c.t.Errorf("%s of %v: %d buckets, want %d", metric, a, found[a], perSeries)
		}
	}
}

func (c *comparison) summary(last float64) {
	c.t.Helper()
	got := map[string]float64{}
	for _, metric := range []string{"t_summary", "t_summary_count", "t_summary_sum"} {
		for _, s := range c.store.samples(metric) {
			got[metric+s.Tags["quantile"]] = s.Value
		}
	}
	want := map[string]float64{"t_summary0.5": 1.5, "t_summary0.99": 2, "t_summary_count": 3, "t_summary_sum": last}
	if len(got) != len(want) {
		c.t.Errorf("summary: %v, want %v", got, want)
	}
	for k, v := range want {
		if !near(got[k], v) {
			c.t.Errorf("summary: %s is %v, want %v", k, got[k], v)
		}
	}
}

// near allows for the last digits: VictoriaMetrics keeps floats in decimal.
func near(got, want float64) bool {
	return math.Abs(got-want) <= math.Abs(want)*1e-12
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

func atOrBelow(values []float64, bound float64) (n float64) {
	for _, v := range values {
		if v <= bound {
			n++
		}
	}
	return n
}

// The README's words about a stock OpenTSDB hold for any store that takes small
// requests only: a byte bound makes them.
func TestRealServerWithASmallLimit(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t, "-opentsdbhttp.maxInsertRequestSize=10KB")
	exporter, err := apptuit.New(apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken(), apptuit.WithMaxBatchBytes(9<<10))
	if err != nil {
		t.Fatal(err)
	}
	defer exporter.Shutdown(context.Background())
	if err := exporter.Export(t.Context(), manyGauges(500)); err != nil {
		t.Fatal(err)
	}
	if got := len(vm.Samples(t, "g")); got != 500 {
		t.Errorf("%d points stored, want 500", got)
	}
}

// The same store without the bound: it says "too big", and the batch is halved.
func TestRealServerTooBigIsHalved(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t, "-opentsdbhttp.maxInsertRequestSize=10KB")
	exporter, err := apptuit.New(apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken())
	if err != nil {
		t.Fatal(err)
	}
	defer exporter.Shutdown(context.Background())
	if err := exporter.Export(t.Context(), manyGauges(500)); err != nil {
		t.Fatal(err)
	}
	if got := len(vm.Samples(t, "g")); got != 500 {
		t.Errorf("%d points stored, want 500", got)
	}
}

func manyGauges(n int) *metricdata.ResourceMetrics {
	points := make([]metricdata.DataPoint[int64], n)
	for i := range points {
		points[i] = metricdata.DataPoint[int64]{
			Attributes: attribute.NewSet(attribute.String("id", fmt.Sprint(i))), Time: time.Now(), Value: int64(i),
		}
	}
	return &metricdata.ResourceMetrics{
		Resource: resource.Empty(),
		ScopeMetrics: []metricdata.ScopeMetrics{{
			Metrics: []metricdata.Metrics{{Name: "g", Data: metricdata.Gauge[int64]{DataPoints: points}}},
		}},
	}
}

// Large batches, which our own compressor writes, are read by every store: the
// first, whose series are new to it, and the next, whose are not.
func TestRealServersReadLargeBatches(t *testing.T) {
	const series = 3000
	for name, start := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			exporter, err := apptuit.New(s.opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer exporter.Shutdown(context.Background())
			for export := range 3 {
				rm := manyGauges(series)
				points := rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.Gauge[int64]).DataPoints
				for i := range points {
					points[i].Time = points[i].Time.Add(time.Duration(export-10) * time.Second)
					points[i].Value = int64(i * (export + 1))
				}
				if err := exporter.Export(t.Context(), rm); err != nil {
					t.Fatal(err)
				}
			}
			sums := map[string]float64{}
			samples := s.samples("g")
			for _, sample := range samples {
				sums[sample.Tags["id"]] += sample.Value
			}
			if len(samples) != 3*series || len(sums) != series {
				t.Errorf("%d points of %d series stored, want %d of %d", len(samples), len(sums), 3*series, series)
			}
			for id, sum := range sums {
				if want, _ := strconv.ParseFloat(id, 64); sum != want*(1+2+3) {
					t.Errorf("the values of series %s add up to %v, want %v", id, sum, want*6)
				}
			}
		})
	}
}
