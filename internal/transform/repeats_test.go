package transform

import (
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A collector of points and of the data points they come of.
type numbered struct {
	*Transformer
	points []encoding.Point
	of     []int
}

func (n *numbered) Append(p encoding.Point) error {
	n.points, n.of = append(n.points, p), append(n.of, n.DataPoint())
	return nil
}

// What comes again has the times that it had; so has what comes of others in the same
// second.
func TestChangesThatComeAgainKeepTheirTimes(t *testing.T) {
	n := &numbered{}
	n.Transformer = New(Config{MaxTags: 25, Repeats: true}, n)
	at := time.Unix(1_700_000_000, 0)
	for range 3 {
		n.Collect(n.Prepare(collectionOf(metricdata.Metrics{Name: "m", Data: metricdata.Sum[int64]{
			Temporality: metricdata.DeltaTemporality,
			DataPoints:  []metricdata.DataPoint[int64]{{Attributes: attribute.NewSet(attribute.String("k", "v")), Time: at, Value: 1}},
		}})), at.Add(time.Second))
	}
	for _, p := range n.points {
		if !p.Time.Equal(at) {
			t.Errorf("a change has the time %s", p.Time)
		}
	}
	if len(n.points) != 3 {
		t.Errorf("%d points", len(n.points))
	}
}

// A total that comes again, or out of turn, has no summary: it would be that of another
// interval.
func TestTotalsThatComeAgainHaveNoSummary(t *testing.T) {
	n := &numbered{}
	n.Transformer = New(Config{MaxTags: 25, Repeats: true, Summary: true, Quantiles: []float64{0.5}}, n)
	collect := func(seconds int64, count uint64) (quantiles int) {
		n.points = nil
		n.Collect(n.Prepare(collectionOf(metricdata.Metrics{Name: "h", Data: metricdata.Histogram[float64]{
			Temporality: metricdata.CumulativeTemporality,
			DataPoints: []metricdata.HistogramDataPoint[float64]{{
				Attributes: attribute.NewSet(attribute.String("k", "v")), Time: time.Unix(1_700_000_000+seconds, 0),
				Bounds: []float64{1, 2}, BucketCounts: []uint64{0, count, 0}, Count: count, Sum: float64(count),
			}},
		}})), time.Unix(1_700_000_100, 0))
		for _, p := range n.points {
			if _, is := p.Series.Tag("quantile"); is {
				quantiles++
			}
		}
		if len(n.points) < 2 {
			t.Errorf("%d points: count and sum are to be sent", len(n.points))
		}
		return quantiles
	}
	for i, test := range []struct {
		seconds   int64
		count     uint64
		quantiles int
	}{{0, 1, 1}, {10, 3, 1}, {10, 3, 0}, {0, 1, 0}, {20, 4, 1}, {20, 4, 0}} {
		if got := collect(test.seconds, test.count); got != test.quantiles {
			t.Errorf("collection %d has %d quantiles, want %d", i, got, test.quantiles)
		}
	}
}

// Each point is of the data point it comes of.
func TestDataPointOfAPoint(t *testing.T) {
	n := &numbered{}
	n.Transformer = New(Config{MaxTags: 25, Buckets: true}, n)
	set := func(v string) attribute.Set { return attribute.NewSet(attribute.String("k", v)) }
	rm := collectionOf(
		metricdata.Metrics{Name: "g", Data: metricdata.Gauge[int64]{DataPoints: []metricdata.DataPoint[int64]{{Attributes: set("a")}, {Attributes: set("b")}}}},
		metricdata.Metrics{Name: "h", Data: metricdata.Histogram[float64]{DataPoints: []metricdata.HistogramDataPoint[float64]{
			{Attributes: set("a"), Bounds: []float64{1}, BucketCounts: []uint64{1, 0}, Count: 1}, {Attributes: set("b"), Count: 1},
		}}},
		metricdata.Metrics{Name: "e", Data: metricdata.ExponentialHistogram[float64]{DataPoints: []metricdata.ExponentialHistogramDataPoint[float64]{{Attributes: set("a")}}}},
		metricdata.Metrics{Name: "s", Data: metricdata.Summary{DataPoints: []metricdata.SummaryDataPoint{{Attributes: set("a"), Count: 1}}}},
	)
	for range 2 {
		n.points, n.of = nil, nil
		n.Collect(n.Prepare(rm), time.Unix(1_700_000_000, 0))
		for i, p := range n.points {
			want := map[string]int{"g": 0, "h": 2, "e": 4, "s": 5}[p.Series.Metric()[:1]]
			if k, _ := p.Series.Tag("k"); k == "b" {
				want++
			}
			if n.of[i] != want {
				t.Errorf("%s is of %d, want %d", p.Series, n.of[i], want)
			}
		}
		if len(n.points) < 10 {
			t.Errorf("%d points", len(n.points))
		}
	}
}

func collectionOf(metrics ...metricdata.Metrics) *metricdata.ResourceMetrics {
	return &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{{Metrics: metrics}}}
}
