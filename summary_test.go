package apptuit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/transform"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A measured program is one with an SDK that has nothing set but the exporter.
type measured struct {
	t      *testing.T
	meter  metric.Meter
	out    *recorder
	reader *sdkmetric.ManualReader
	now    time.Time
	report transform.Report // of the last collection
}

func measure(t *testing.T, provider []sdkmetric.Option, opts ...Option) *measured {
	t.Helper()
	cfg := testConfig(t, append([]Option{WithoutScopeTags(), WithResourceFilter(func(attribute.KeyValue) bool { return false })}, opts...)...)
	m := &measured{t: t, out: recorderOf(cfg), now: testTime}
	m.reader = sdkmetric.NewManualReader(
		sdkmetric.WithTemporalitySelector(cfg.temporalityOf), sdkmetric.WithAggregationSelector(cfg.aggregationOf))
	m.meter = sdkmetric.NewMeterProvider(append(provider, sdkmetric.WithReader(m.reader))...).Meter("m")
	return m
}

func (m *measured) histogram(name, unit string) metric.Float64Histogram {
	m.t.Helper()
	h, err := m.meter.Float64Histogram(name, metric.WithUnit(unit))
	if err != nil {
		m.t.Fatal(err)
	}
	return h
}

// interval ends one: it returns the values by series.
func (m *measured) interval() map[string]float64 {
	m.t.Helper()
	var rm metricdata.ResourceMetrics
	if err := m.reader.Collect(m.t.Context(), &rm); err != nil {
		m.t.Fatal(err)
	}
	m.out.lines = nil
	m.now = m.now.Add(time.Minute)
	m.report = m.out.Collect(m.out.Prepare(&rm), m.now)
	values := map[string]float64{}
	for _, line := range m.out.lines {
		parts := strings.Split(line, " ")
		v, err := strconv.ParseFloat(parts[2], 64)
		if err != nil {
			m.t.Fatal(err)
		}
		values[strings.ReplaceAll(parts[0], `host="box"`, "")] = v
	}
	return values
}

var distributions = map[string]func(*rand.Rand) float64{
	"uniform":     func(r *rand.Rand) float64 { return 0.2 * r.Float64() },
	"normal":      func(r *rand.Rand) float64 { return math.Abs(0.1 + 0.02*r.NormFloat64()) },
	"exponential": func(r *rand.Rand) float64 { return 0.1 * r.ExpFloat64() },
	"log-normal":  func(r *rand.Rand) float64 { return 0.1 * math.Exp(r.NormFloat64()) },
	"bimodal": func(r *rand.Rand) float64 {
		if r.IntN(10) < 7 {
			return math.Abs(0.01 + 0.001*r.NormFloat64())
		}
		return math.Abs(2 + 0.1*r.NormFloat64())
	},
}

// With nothing set but the mode, quantiles, mean, least and greatest are those of
// the last interval: within 5 % of the exact ones, and the last three exact.
func TestSummariesAreOfTheLastInterval(t *testing.T) {
	const values = 20_000
	worst := 0.0
	for name, draw := range distributions {
		for unit, scale := range map[string]float64{"s": 1, "ms": 1000} {
			m := measure(t, nil, WithHistograms(HistogramSummary))
			h := m.histogram("h", unit)
			r := rand.New(rand.NewPCG(1, 2))
			for range 3 * values { // a day of something else
				h.Record(t.Context(), 1e-4*scale*r.Float64())
			}
			m.interval()
			h.Record(t.Context(), 1e6*scale) // an interval with an outlier
			m.interval()
			exact := recordAll(t, h, draw, r, values, scale)
			got := m.interval()
			for _, q := range defaultQuantiles {
				worst = max(worst, off(t, name+" "+unit, got, fmt.Sprintf(`h{,quantile="%g"}`, q), exact[int(q*values)], 0.05))
			}
			sum := 0.0
			for _, v := range exact {
				sum += v
			}
			off(t, name, got, "h_mean{}", sum/values, 1e-9)
			off(t, name, got, "h_min{}", exact[0], 0)
			off(t, name, got, "h_max{}", exact[values-1], 0)
			off(t, name, got, "h_count{}", 4*values+1, 0)
			if len(m.report.Warnings) > 0 {
				t.Errorf("warned: %v", m.report.Warnings)
			}
		}
	}
	t.Logf("off by at most %.2f %%", 100*worst)
}

func recordAll(t *testing.T, h metric.Float64Histogram, draw func(*rand.Rand) float64, r *rand.Rand, n int, scale float64) (sorted []float64) {
	all := make([]float64, n)
	for i := range all {
		all[i] = scale * draw(r)
		h.Record(t.Context(), all[i])
	}
	slices.Sort(all)
	return all
}

// off wants a value within a share of another, and returns the share.
func off(t *testing.T, what string, values map[string]float64, series string, want, within float64) float64 {
	t.Helper()
	got, there := values[series]
	by := math.Abs(got-want) / math.Abs(want)
	if !there || by > within {
		t.Errorf("%s: %s is %g, want %g: off by %.2f %%", what, series, got, want, 100*by)
	}
	return by
}

// Who chooses totals has the summary of what came since the last one: the scale of
// the buckets is then that of all time.
func TestSummariesOfTotals(t *testing.T) {
	const values = 20_000
	for name, draw := range distributions {
		m := measure(t, nil, WithHistograms(HistogramSummary, HistogramBuckets), WithTemporalitySelector(sdkmetric.CumulativeTemporalitySelector))
		h := m.histogram("h", "s")
		r := rand.New(rand.NewPCG(3, 4))
		for range 3 * values {
			h.Record(t.Context(), 0.01)
		}
		m.interval()
		h.Record(t.Context(), 100) // the scale falls
		first := m.interval()
		off(t, name, first, "h_mean{}", 100, 1e-9)
		off(t, name, first, "h_max{}", 100, 0)
		exact := recordAll(t, h, draw, r, values, 1)
		got := m.interval()
		for _, q := range defaultQuantiles {
			off(t, name, got, fmt.Sprintf(`h{,quantile="%g"}`, q), exact[int(q*values)], 0.1)
		}
		off(t, name, got, "h_max{}", exact[values-1], 0.1)
		off(t, name, got, "h_count{}", 4*values+1, 0)
		off(t, name, got, `h_bucket{,le="+Inf"}`, 4*values+1, 0)
		if quiet := m.interval(); len(quiet) == 0 || quiet["h_count{}"] != 4*values+1 || has(quiet, "h_mean", "h{,q", "h_max", "h_min") {
			t.Errorf("after an interval without values: %v", quiet)
		}
	}
}

func has(values map[string]float64, prefixes ...string) bool {
	for series := range values {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(series, p) }) {
			return true
		}
	}
	return false
}

// A view may give bounds: then the summary is as good as these, and one that is no
// good is told once.
func TestSummariesOfExplicitBounds(t *testing.T) {
	view := sdkmetric.NewView(sdkmetric.Instrument{Name: "*"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: []float64{1, 2, 5, 10, 20, 50, 100}}})
	for name, selector := range map[string]sdkmetric.TemporalitySelector{
		"as it is": nil, "totals": sdkmetric.CumulativeTemporalitySelector, "changes": sdkmetric.DeltaTemporalitySelector,
	} {
		opts := []Option{WithHistograms(HistogramSummary, HistogramBuckets)}
		if selector != nil {
			opts = append(opts, WithTemporalitySelector(selector))
		}
		m := measure(t, []sdkmetric.Option{sdkmetric.WithView(view)}, opts...)
		good, crowded := m.histogram("good", "ms"), m.histogram("crowded", "s")
		warned := 0
		for round := 1; round <= 3; round++ {
			for i := range 100 {
				good.Record(t.Context(), float64(10*round)+float64(i)/4)
				crowded.Record(t.Context(), 0.02+float64(i)/1000)
			}
			got := m.interval()
			off(t, name, got, `good{,quantile="0.5"}`, float64(10*round)+12.5, 0.3)
			off(t, name, got, "good_mean{}", float64(10*round)+99./8, 1e-9)
			total := float64(100 * round)
			if name == "changes" {
				total = 100
			}
			off(t, name, got, "good_count{}", total, 0)
			off(t, name, got, `good_bucket{,le="+Inf"}`, total, 0)
			off(t, name, got, `good_bucket{,le="100"}`, total, 0)
			for _, w := range m.report.Warnings {
				if warned++; !strings.Contains(w.Error(), "crowded: all 100 values of an interval lie in one bucket") {
					t.Errorf("%s: warned of something else: %v", name, w)
				}
			}
		}
		if warned != 1 {
			t.Errorf("%s: warned %d times", name, warned)
		}
	}
}

// What was not measured in an interval is sent with its totals all the same, and
// without a summary.
func TestIdleHistogramsAreSent(t *testing.T) {
	m := measure(t, nil, WithHistograms(HistogramSummary, HistogramBuckets), WithRates("h"))
	h := m.histogram("h", "s")
	a, b := metric.WithAttributes(attribute.String("k", "a")), metric.WithAttributes(attribute.String("k", "b"))
	h.Record(t.Context(), 1, a)
	h.Record(t.Context(), 2, b)
	m.interval()
	for round := 2; round < 30; round++ {
		h.Record(t.Context(), 1, a)
		got := m.interval()
		if got[`h_count{,k="a"}`] != float64(round) || got[`h_count{,k="b"}`] != 1 || got[`h_sum{,k="b"}`] != 2 || got[`h_bucket{,k="b",le="+Inf"}`] != 1 {
			t.Fatalf("round %d: %v", round, got)
		}
		if has(got, `h_mean{,k="b"`, `h{,k="b"`) || !has(got, `h_mean{,k="a"`, `h{,k="a"`) {
			t.Fatalf("round %d: a summary of nothing, or none: %v", round, got)
		}
	}
	for range 20 { // all of it is idle: the SDK collects nothing
		got := m.interval()
		if got[`h_count{,k="a"}`] != 29 || got[`h_count{,k="b"}`] != 1 || has(got, "h_mean") {
			t.Fatalf("while nothing is measured: %v", got)
		}
	}
	h.Record(t.Context(), 7, b)
	if got := m.interval(); got[`h_count{,k="b"}`] != 2 || got[`h_sum{,k="b"}`] != 9 || got[`h_mean{,k="b"}`] != 7 {
		t.Errorf("afterwards: %v", got)
	}
	if held := m.report.Warnings; len(held) > 0 {
		t.Errorf("warned: %v", held)
	}
}

// Two readers of one exporter each bring all values: none counts twice.
func TestTwoReadersOfSummaries(t *testing.T) {
	cfg := testConfig(t, WithHistograms(HistogramSummary))
	second := sdkmetric.NewManualReader(sdkmetric.WithTemporalitySelector(cfg.temporalityOf), sdkmetric.WithAggregationSelector(cfg.aggregationOf))
	m := measure(t, []sdkmetric.Option{sdkmetric.WithReader(second)}, WithHistograms(HistogramSummary))
	first, h := m.reader, m.histogram("h", "s")
	r := rand.New(rand.NewPCG(5, 6))
	count := 0
	for range 100 {
		for range r.IntN(3) {
			h.Record(t.Context(), 1)
			count++
		}
		m.reader = []*sdkmetric.ManualReader{first, second}[r.IntN(2)]
		if got := m.interval(); count > 0 && got["h_count{}"] != float64(count) {
			t.Fatalf("after %d values: %v", count, got)
		}
	}
}
