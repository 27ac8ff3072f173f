package transform

import (
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

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
	summaries := func(c *Config) { c.Summary, c.Quantiles = true, []float64{0.25, 0.5} }
	noBuckets := func(c *Config) { c.Buckets = false }
	for name, tc := range map[string]struct {
		changes []change
		want    []string
	}{
		"summary alone":         {[]change{summaries, noBuckets}, slices.Concat(summary, rest)},
		"both":                  {[]change{summaries}, slices.Concat(bucketLines, summary, rest)},
		"buckets, as a default": {nil, slices.Concat(bucketLines, rest)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(tc.changes...)
			equalLines(t, r.emit(oneMetric("m", data)), tc.want...)
			equalLines(t, r.emit(oneMetric("m", data)), aSecondOn(tc.want)...)
		})
	}
}

func TestSummaryOfNothing(t *testing.T) {
	r := newRecorder(func(c *Config) { c.Summary, c.Buckets = true, false })
	equalLines(t, r.emit(oneMetric("m", metricdata.Histogram[int64]{
		DataPoints: []metricdata.HistogramDataPoint[int64]{{Time: testTime, Bounds: []float64{1}, BucketCounts: []uint64{0, 0}}},
	})), `m_count{host="box"} 1700000000 0`, `m_sum{host="box"} 1700000000 0`)
}
