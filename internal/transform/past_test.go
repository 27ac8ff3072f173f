package transform

import (
	"math"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// histogramAt is a histogram of integers with bounds 1, 2 and 4.
func histogramAt(temporality metricdata.Temporality, start, at time.Duration, sum int64, bounds []float64, counts ...uint64) *metricdata.ResourceMetrics {
	dp := metricdata.HistogramDataPoint[int64]{
		StartTime: testTime.Add(start), Time: testTime.Add(at), Sum: sum, Bounds: bounds, BucketCounts: counts,
		Min: metricdata.NewExtrema[int64](0), Max: metricdata.NewExtrema[int64](9),
	}
	for _, n := range counts {
		dp.Count += n
	}
	return oneMetric("h", metricdata.Histogram[int64]{Temporality: temporality, DataPoints: []metricdata.HistogramDataPoint[int64]{dp}})
}

// sentPart returns the value of a part of h; empty where it was not sent.
func sentPart(lines []string, name string) string {
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "h_"+name+`{host="box"} `); ok {
			_, value, _ := strings.Cut(rest, " ")
			return value
		}
	}
	return ""
}

// The interval between two totals is their difference, unless the histogram began
// anew: then it is all that it has. Sums of integers are exact.
func TestIntervalsBetweenTotals(t *testing.T) {
	const large = 1<<60 + 1
	bounds := []float64{1, 2, 4}
	for name, tc := range map[string]struct {
		start  time.Duration // of the second
		sum    int64
		bounds []float64
		counts []uint64
		mean   string // none: there is no interval
		least  string
	}{
		"it went on":             {0, large + 6, bounds, []uint64{5, 5, 2, 0}, "3", "2"},
		"nothing came":           {0, large, bounds, []uint64{5, 5, 0, 0}, "", ""},
		"it fell":                {0, 9, bounds, []uint64{1, 1, 1, 0}, "3", "0"},
		"it has a new start":     {30 * time.Second, 60, bounds, []uint64{5, 5, 10, 0}, "3", "0"},
		"a bucket fell, not all": {0, 60, bounds, []uint64{0, 10, 10, 0}, "3", "0"},
		"it has other bounds":    {0, 60, []float64{1, 2, 5}, []uint64{5, 5, 10, 0}, "3", "0"},
	} {
		r := newRecorder(func(c *Config) { c.Summary = true })
		r.collectAt(0, histogramAt(metricdata.CumulativeTemporality, 0, 0, large, bounds, 5, 5, 0, 0))
		lines := r.collectAt(time.Minute, histogramAt(metricdata.CumulativeTemporality, tc.start, time.Minute, tc.sum, tc.bounds, tc.counts...))
		if got := sentPart(lines, "mean"); got != tc.mean {
			t.Errorf("%s: the mean is %q, want %q", name, got, tc.mean)
		}
		if got := sentPart(lines, "min"); got != tc.least {
			t.Errorf("%s: the least is %q, want %q", name, got, tc.least)
		}
	}
}

// Changes are added up: integers exactly, and a sum that is no number costs its
// interval alone.
func TestChangesAreAddedUp(t *testing.T) {
	const large = 1<<60 + 1
	adding := func(c *Config) { c.Summary, c.Accumulate, c.Complete = true, true, true }
	r, bounds := newRecorder(adding), []float64{1, 2, 4}
	var lines []string
	for i, sum := range []int64{large, 1, 1} {
		at := time.Duration(i) * time.Minute
		lines = r.collectAt(at, histogramAt(metricdata.DeltaTemporality, at-time.Minute, at, sum, bounds, 0, 1, 0, 0))
	}
	if sum, count, mean := sentPart(lines, "sum"), sentPart(lines, "count"), sentPart(lines, "mean"); sum != "1152921504606846979" || count != "3" || mean != "1" {
		t.Errorf("sum %s, count %s, mean %s", sum, count, mean)
	}
	lines = r.collectAt(3*time.Minute, histogramAt(metricdata.DeltaTemporality, 2*time.Minute, 3*time.Minute, 5, []float64{7}, 1, 0))
	if sum, count := sentPart(lines, "sum"), sentPart(lines, "count"); sum != "5" || count != "1" {
		t.Errorf("after other bounds: sum %s, count %s", sum, count)
	}

	r = newRecorder(adding)
	for i, sum := range []float64{1, math.NaN(), 2} {
		at := testTime.Add(time.Duration(i) * time.Minute)
		lines = r.collectAt(time.Duration(i)*time.Minute, oneMetric("h", metricdata.Histogram[float64]{Temporality: metricdata.DeltaTemporality,
			DataPoints: []metricdata.HistogramDataPoint[float64]{{StartTime: at.Add(-time.Minute), Time: at, Count: 1, Sum: sum}}}))
	}
	if sum, count := sentPart(lines, "sum"), sentPart(lines, "count"); sum != "3" || count != "3" {
		t.Errorf("after NaN: sum %s, count %s", sum, count)
	}
}
