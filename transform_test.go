package apptuit

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/transform"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

var testTime = time.Unix(1_700_000_000, 0)

// noEnv is an environment with nothing in it.
func noEnv(string) (string, bool) { return "", false }

// testConfig is a config of an empty environment on a machine named "box".
func testConfig(t *testing.T, opts ...Option) *config {
	t.Helper()
	base := []Option{func(c *config) {
		c.lookup = noEnv
		c.hostname = func() (string, error) { return "box", nil }
		c.handle = func(err error) { t.Log(err) }
	}}
	cfg, err := newConfig(append(base, opts...))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// recorder collects what a transformer emits, as lines "series time value".
type recorder struct {
	*transform.Transformer
	lines []string
}

func newRecorder(t *testing.T, opts ...Option) *recorder {
	t.Helper()
	return recorderOf(testConfig(t, opts...))
}

func recorderOf(cfg *config) *recorder {
	r := &recorder{}
	check := encoding.NewEncoder(encoding.Config{})
	r.Transformer = transform.New(cfg.transform(), sinkFunc(func(p encoding.Point) error {
		if err := check.Append(p); err != nil {
			return err
		}
		r.lines = append(r.lines, fmt.Sprintf("%s %d %s", p.Series, p.Time.Unix(), p.Value))
		return nil
	}))
	return r
}

type sinkFunc func(encoding.Point) error

func (f sinkFunc) Append(p encoding.Point) error { return f(p) }

func (r *recorder) emit(rm *metricdata.ResourceMetrics) []string {
	r.lines = nil
	r.Collect(r.Prepare(rm), testTime)
	return r.lines
}

// oneMetric is a collection of one metric in a scope and a resource without
// attributes.
func oneMetric(name string, data metricdata.Aggregation) *metricdata.ResourceMetrics {
	return &metricdata.ResourceMetrics{
		Resource: resource.Empty(),
		ScopeMetrics: []metricdata.ScopeMetrics{{
			Metrics: []metricdata.Metrics{{Name: name, Data: data}},
		}},
	}
}

func gauge[N int64 | float64](v N, attrs ...attribute.KeyValue) metricdata.Gauge[N] {
	return metricdata.Gauge[N]{DataPoints: []metricdata.DataPoint[N]{
		{Attributes: attribute.NewSet(attrs...), Time: testTime, Value: v},
	}}
}

func equalLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestSummaryMode(t *testing.T) {
	data := metricdata.Histogram[float64]{Temporality: metricdata.DeltaTemporality, DataPoints: []metricdata.HistogramDataPoint[float64]{{
		Attributes: attribute.NewSet(attribute.String("k", "v")), Time: testTime,
		Count: 4, Sum: 10, Bounds: []float64{0, 10}, BucketCounts: []uint64{0, 4, 0},
		Min: metricdata.NewExtrema(1.0), Max: metricdata.NewExtrema(5.0),
	}}}
	summary := []string{
		`m_mean{host="box",k="v"} 1700000000 2.5`,
		`m{host="box",k="v",quantile="0.25"} 1700000000 2`,
		`m{host="box",k="v",quantile="0.5"} 1700000000 3`,
	}
	rest := []string{
		`m_count{host="box",k="v"} 1700000000 4`,
		`m_sum{host="box",k="v"} 1700000000 10`,
		`m_min{host="box",k="v"} 1700000000 1`,
		`m_max{host="box",k="v"} 1700000000 5`,
	}
	bucketLines := []string{
		`m_bucket{host="box",k="v",le="0"} 1700000000 0`,
		`m_bucket{host="box",k="v",le="10"} 1700000000 4`,
		`m_bucket{host="box",k="v",le="+Inf"} 1700000000 4`,
	}
	quantiles := WithQuantiles(0.5, 0.25, 0.5)
	for name, tc := range map[string]struct {
		opts []Option
		want []string
	}{
		"summary alone":         {[]Option{WithHistograms(HistogramSummary), quantiles}, slices.Concat(summary, rest)},
		"both":                  {[]Option{WithHistograms(HistogramSummary, HistogramBuckets), quantiles}, slices.Concat(bucketLines, summary, rest)},
		"quantiles bring it":    {[]Option{quantiles}, slices.Concat(bucketLines, summary, rest)},
		"quantiles and buckets": {[]Option{quantiles, WithHistograms(HistogramBuckets)}, slices.Concat(bucketLines, summary, rest)},
		"buckets and quantiles": {[]Option{WithHistograms(HistogramBuckets), quantiles}, slices.Concat(bucketLines, summary, rest)},
		"buckets, as a default": {nil, slices.Concat(bucketLines, rest)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(t, append(tc.opts, WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector))...)
			equalLines(t, r.emit(oneMetric("m", data)), tc.want...)
			equalLines(t, r.emit(oneMetric("m", data)), aSecondOn(tc.want)...)
		})
	}
}

// What nobody chose follows from what was chosen, whatever the order.
func TestWhatTheSDKIsAskedFor(t *testing.T) {
	exponential := sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}
	explicit := sdkmetric.DefaultAggregationSelector(sdkmetric.InstrumentKindHistogram)
	bounds := func(sdkmetric.InstrumentKind) sdkmetric.Aggregation { return sdkmetric.AggregationDrop{} }
	const cumulative, delta = metricdata.CumulativeTemporality, metricdata.DeltaTemporality
	for name, tc := range map[string]struct {
		opts        []Option
		temporality metricdata.Temporality
		aggregation sdkmetric.Aggregation
		modes       HistogramMode
		quantiles   int
	}{
		"nothing":                {nil, cumulative, explicit, HistogramBuckets, 6},
		"buckets":                {[]Option{WithHistograms(HistogramBuckets)}, cumulative, explicit, HistogramBuckets, 6},
		"summary":                {[]Option{WithHistograms(HistogramSummary)}, delta, exponential, HistogramSummary, 6},
		"quantiles":              {[]Option{WithQuantiles(0.5)}, delta, exponential, HistogramBuckets | HistogramSummary, 1},
		"reporter names":         {[]Option{WithReporterNames()}, delta, exponential, HistogramSummary, 5},
		"the same, with buckets": {[]Option{WithHistograms(HistogramBuckets), WithReporterNames()}, delta, exponential, HistogramBuckets | HistogramSummary, 5},
		"the same, quantiles":    {[]Option{WithQuantiles(0.1, 0.2), WithReporterNames()}, delta, exponential, HistogramSummary, 2},
		"selectors": {[]Option{WithHistograms(HistogramSummary), WithAggregationSelector(bounds), WithTemporalitySelector(sdkmetric.CumulativeTemporalitySelector)},
			cumulative, sdkmetric.AggregationDrop{}, HistogramSummary, 6},
	} {
		for range 2 {
			cfg := testConfig(t, tc.opts...)
			if got := cfg.temporalityOf(sdkmetric.InstrumentKindHistogram); got != tc.temporality {
				t.Errorf("%s: %s", name, got)
			}
			if got := cfg.aggregationOf(sdkmetric.InstrumentKindHistogram); !reflect.DeepEqual(got, tc.aggregation) {
				t.Errorf("%s: %#v", name, got)
			}
			if cfg.histograms != tc.modes || len(cfg.quantiles) != tc.quantiles {
				t.Errorf("%s: modes %b, quantiles %v", name, cfg.histograms, cfg.quantiles)
			}
			if name != "selectors" && (cfg.temporalityOf(sdkmetric.InstrumentKindCounter) != cumulative || !reflect.DeepEqual(cfg.aggregationOf(sdkmetric.InstrumentKindCounter), sdkmetric.AggregationSum{})) {
				t.Errorf("%s: counters are not as ever", name)
			}
			slices.Reverse(tc.opts)
		}
	}
}

// What a report names, an error does: no more of it, and no less.
func TestRefusedPointsInErrors(t *testing.T) {
	if transform.MaxRefused != delivery.MaxRejected {
		t.Errorf("a report names %d points, an error %d", transform.MaxRefused, delivery.MaxRejected)
	}
	r := newRecorder(t)
	rm := oneMetric("m", early(gauge(1.5, attribute.String("k", "v"))))
	rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics, metricdata.Metrics{Name: "unknown"})
	err := refusedBy(r.Collect(r.Prepare(rm), testTime))
	if err == nil || err.Dropped[encoding.ErrTimestamp] != 1 || err.Dropped[ErrUnknownAggregation] != 1 || len(err.Dropped) != 2 {
		t.Fatalf("got %v", err)
	}
	for i, text := range []string{`m{host="box",k="v"}: the time`, "metric unknown: "} {
		if said := err.Rejected[i].String(); !strings.HasPrefix(said, text) {
			t.Errorf("point %d is %q, want %q", i, said, text)
		}
	}
	if p := err.Rejected[0].Point; p.Timestamp != -1 || p.Value != "1.5" {
		t.Errorf("the point is %+v", p)
	}
	if err := refusedBy(r.Collect(r.Prepare(rm), testTime)); err != nil {
		t.Errorf("named again: %v", err)
	}
}

func early(g metricdata.Gauge[float64]) metricdata.Gauge[float64] {
	g.DataPoints[0].Time = time.Unix(-1, 0)
	return g
}

// aSecondOn is what the same changes give again in the same second: they are put into
// the next one.
func aSecondOn(lines []string) (next []string) {
	for _, line := range lines {
		next = append(next, strings.Replace(line, " 1700000000 ", " 1700000001 ", 1))
	}
	return next
}
