package transform

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// reporting is what an exporter has with the reporter's names.
func reporting(c *Config) {
	c.ReporterNames, c.Summary, c.Accumulate, c.Complete, c.Buckets = true, true, true, true, false
	c.Quantiles = []float64{0.5, 0.75, 0.95, 0.99, 0.999}
}

// namesOf returns the metrics of lines, sorted.
func namesOf(lines []string) []string {
	var names []string
	for _, line := range lines {
		name, _, _ := strings.Cut(line, "{")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func wantNames(t *testing.T, lines []string, metric string, parts ...string) {
	t.Helper()
	var want []string
	for _, part := range parts {
		want = append(want, metric+"_"+part)
	}
	slices.Sort(want)
	if got := namesOf(lines); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the Python reporter sent of each of its metrics: the facts of its protocol.
var (
	reporterMeter       = []string{"count", "mean_rate", "1m_rate", "5m_rate", "15m_rate"}
	reporterPercentiles = []string{"50_percentile", "75_percentile", "95_percentile", "99_percentile", "999_percentile"}
	reporterHistogram   = append([]string{"count", "sum", "min", "max", "avg", "std_dev"}, reporterPercentiles...)
	reporterTimer       = append(reporterMeter[1:], reporterHistogram...)
)

func TestReporterNames(t *testing.T) {
	sum := func(monotonic bool) func(time.Time) metricdata.Aggregation {
		return func(at time.Time) metricdata.Aggregation {
			return metricdata.Sum[int64]{IsMonotonic: monotonic, Temporality: metricdata.CumulativeTemporality,
				DataPoints: []metricdata.DataPoint[int64]{{Time: at, Value: 1}}}
		}
	}
	exponential := func(at time.Time) metricdata.Aggregation {
		return metricdata.ExponentialHistogram[float64]{Temporality: metricdata.DeltaTemporality,
			DataPoints: []metricdata.ExponentialHistogramDataPoint[float64]{{
				StartTime: at.Add(-time.Minute), Time: at, Count: 3, Sum: 6,
				PositiveBucket: metricdata.ExponentialBucket{Counts: []uint64{1, 2}},
				Min:            metricdata.NewExtrema(1.5), Max: metricdata.NewExtrema(2.5),
			}}}
	}
	explicit := func(at time.Time) metricdata.Aggregation {
		return metricdata.Histogram[float64]{Temporality: metricdata.DeltaTemporality,
			DataPoints: []metricdata.HistogramDataPoint[float64]{{
				StartTime: at.Add(-time.Minute), Time: at, Count: 3, Sum: 6, Bounds: []float64{2}, BucketCounts: []uint64{1, 2},
				Min: metricdata.NewExtrema(1.5), Max: metricdata.NewExtrema(2.5),
			}}}
	}
	without := func(part string, parts []string) []string {
		return slices.DeleteFunc(slices.Clone(parts), func(p string) bool { return p == part })
	}
	for name, tc := range map[string]struct {
		data  func(time.Time) metricdata.Aggregation
		unit  string
		rates []string
		want  []string
	}{
		"a counter":                     {sum(true), "", nil, []string{"count"}},
		"a counter that may fall":       {sum(false), "", nil, []string{"count"}},
		"the same, with rates for all":  {sum(false), "", []string{"*"}, []string{"count"}},
		"a meter":                       {sum(true), "", []string{"order.*"}, reporterMeter},
		"another one's rates":           {sum(true), "", []string{"pay.*"}, []string{"count"}},
		"a gauge":                       {func(at time.Time) metricdata.Aggregation { return gauge(1.5) }, "", nil, []string{"value"}},
		"a histogram":                   {exponential, "By", nil, reporterHistogram},
		"a timer":                       {exponential, "s", nil, reporterTimer},
		"a timer in milliseconds":       {exponential, "ms", nil, reporterTimer},
		"a histogram with rates":        {exponential, "", []string{"*"}, reporterTimer},
		"a timer with bounds of a view": {explicit, "s", nil, without("std_dev", reporterTimer)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(reporting, func(c *Config) { c.Rates = tc.rates })
			var lines []string
			for i := range 2 {
				at := testTime.Add(time.Duration(i) * time.Minute)
				rm := oneMetric("order.time", tc.data(at))
				rm.ScopeMetrics[0].Metrics[0].Unit = tc.unit
				lines = r.collectAt(time.Duration(i)*time.Minute, rm)
			}
			wantNames(t, lines, "order_time", tc.want...)
			for _, line := range lines {
				if !strings.Contains(line, `{host="box"} `) {
					t.Errorf("it has other tags than the reporter's: %s", line)
				}
			}
		})
	}
}

func TestReporterNamesOfQuantiles(t *testing.T) {
	cfg := Config{ReporterNames: true}
	for q, want := range map[float64]string{
		0.5: "50", 0.75: "75", 0.95: "95", 0.98: "98", 0.99: "99", 0.999: "999", 0.9999: "9999", 0.05: "05", 0: "0", 1: "100",
	} {
		if got := cfg.quantilePart(q); got.name != want+"_percentile" || got.tag != nil {
			t.Errorf("%g is %s", q, got.name)
		}
	}
}

// docs/moving.md has each of the names.
func TestReporterNamesAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "moving.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range slices.Concat(reporterMeter, reporterTimer, []string{"value"}) {
		if !strings.Contains(string(text), "order_time_"+part+"`") && !strings.Contains(string(text), "`_"+part+"`") {
			t.Errorf("docs/moving.md does not name %s", part)
		}
	}
}
