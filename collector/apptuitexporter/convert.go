package apptuitexporter

import (
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// A converter makes metricdata of pdata. Attribute sets and resources are kept from
// push to push. What it returns is valid until it is called again. It is for one
// goroutine at a time.
type converter struct {
	sets      memo[attribute.Set]
	resources memo[*resource.Resource]
	now       time.Time
	key       []byte
	points    int // data points of the last collection

	// The memory of the last collection.
	rm           metricdata.ResourceMetrics
	metrics      []metricdata.Metrics
	ints         []metricdata.DataPoint[int64]
	floats       []metricdata.DataPoint[float64]
	histograms   []metricdata.HistogramDataPoint[float64]
	exponentials []metricdata.ExponentialHistogramDataPoint[float64]
	summaries    []metricdata.SummaryDataPoint
	counts       []uint64
	bounds       []float64
	quantiles    []metricdata.QuantileValue
}

func newConverter() *converter {
	return &converter{sets: newMemo[attribute.Set](), resources: newMemo[*resource.Resource]()}
}

// begin begins a push, end ends it.
func (c *converter) begin(now time.Time) { c.now = now }

func (c *converter) end() {
	c.sets.sweep(c.now)
	c.resources.sweep(c.now)
	c.reset()
}

// tooLarge is how much memory of a collection is not kept for the next, in data points.
const tooLarge = 1 << 17

// reset keeps the memory, and nothing in it.
func (c *converter) reset() {
	c.points = 0
	c.rm.Resource = nil
	clear(c.rm.ScopeMetrics)
	c.rm.ScopeMetrics = c.rm.ScopeMetrics[:0]
	c.metrics = emptied(c.metrics)
	c.ints = emptied(c.ints)
	c.floats = emptied(c.floats)
	c.histograms = emptied(c.histograms)
	c.exponentials = emptied(c.exponentials)
	c.summaries = emptied(c.summaries)
	c.counts = emptied(c.counts)
	c.bounds = emptied(c.bounds)
	c.quantiles = emptied(c.quantiles)
}

func emptied[T any](s []T) []T {
	if cap(s) > tooLarge {
		return nil
	}
	clear(s)
	return s[:0]
}

// collection returns a resource with its metrics.
func (c *converter) collection(rm pmetric.ResourceMetrics) *metricdata.ResourceMetrics {
	c.reset()
	c.rm.Resource = c.resource(rm.Resource().Attributes())
	for _, sm := range rm.ScopeMetrics().All() {
		scope := sm.Scope()
		first := len(c.metrics)
		for _, m := range sm.Metrics().All() {
			c.metric(m)
		}
		c.rm.ScopeMetrics = append(c.rm.ScopeMetrics, metricdata.ScopeMetrics{
			Scope: instrumentation.Scope{
				Name: scope.Name(), Version: scope.Version(), SchemaURL: sm.SchemaUrl(), Attributes: c.set(scope.Attributes()),
			},
			Metrics: c.metrics[first:],
		})
	}
	return &c.rm
}

func (c *converter) resource(m pcommon.Map) *resource.Resource {
	c.key = appendMap(c.key[:0], m)
	return c.resources.of(c.key, c.now, func() *resource.Resource { return resource.NewSchemaless(keyValues(m)...) })
}

func (c *converter) set(m pcommon.Map) attribute.Set {
	if m.Len() == 0 {
		return *attribute.EmptySet()
	}
	c.key = appendMap(c.key[:0], m)
	return c.sets.of(c.key, c.now, func() attribute.Set { return attribute.NewSet(keyValues(m)...) })
}

func (c *converter) metric(m pmetric.Metric) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		c.numbers(m, m.Gauge().DataPoints(), func(ints []metricdata.DataPoint[int64], floats []metricdata.DataPoint[float64]) metricdata.Aggregation {
			if ints != nil {
				return metricdata.Gauge[int64]{DataPoints: ints}
			}
			return metricdata.Gauge[float64]{DataPoints: floats}
		})
	case pmetric.MetricTypeSum:
		temporality, monotonic := temporalityOf(m.Sum().AggregationTemporality()), m.Sum().IsMonotonic()
		c.numbers(m, m.Sum().DataPoints(), func(ints []metricdata.DataPoint[int64], floats []metricdata.DataPoint[float64]) metricdata.Aggregation {
			if ints != nil {
				return metricdata.Sum[int64]{DataPoints: ints, Temporality: temporality, IsMonotonic: monotonic}
			}
			return metricdata.Sum[float64]{DataPoints: floats, Temporality: temporality, IsMonotonic: monotonic}
		})
	case pmetric.MetricTypeHistogram:
		c.put(m, c.histogram(m.Histogram()))
	case pmetric.MetricTypeExponentialHistogram:
		c.put(m, c.exponential(m.ExponentialHistogram()))
	case pmetric.MetricTypeSummary:
		c.put(m, c.summary(m.Summary()))
	}
}

func (c *converter) put(m pmetric.Metric, data metricdata.Aggregation) {
	c.metrics = append(c.metrics, metricdata.Metrics{Name: m.Name(), Unit: m.Unit(), Data: data})
}

// numbers converts the points of a gauge or a sum. Integers stay exact: where there are
// floats among them, each run of one type is a metric of its own.
func (c *converter) numbers(m pmetric.Metric, dps pmetric.NumberDataPointSlice, make func([]metricdata.DataPoint[int64], []metricdata.DataPoint[float64]) metricdata.Aggregation) {
	firstInt, firstFloat := len(c.ints), len(c.floats)
	flush := func() {
		if ints := c.ints[firstInt:]; len(ints) > 0 {
			c.put(m, make(ints, nil))
		}
		if floats := c.floats[firstFloat:]; len(floats) > 0 {
			c.put(m, make(nil, floats))
		}
		firstInt, firstFloat = len(c.ints), len(c.floats)
	}
	for _, dp := range dps.All() {
		if noNumber(dp) {
			continue
		}
		c.points++
		if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
			if len(c.floats) > firstFloat {
				flush()
			}
			c.ints = append(c.ints, metricdata.DataPoint[int64]{
				Attributes: c.set(dp.Attributes()), StartTime: timeOf(dp.StartTimestamp()), Time: timeOf(dp.Timestamp()), Value: dp.IntValue(),
			})
			continue
		}
		if len(c.ints) > firstInt {
			flush()
		}
		c.floats = append(c.floats, metricdata.DataPoint[float64]{
			Attributes: c.set(dp.Attributes()), StartTime: timeOf(dp.StartTimestamp()), Time: timeOf(dp.Timestamp()), Value: dp.DoubleValue(),
		})
	}
	flush()
}

func (c *converter) histogram(h pmetric.Histogram) metricdata.Aggregation {
	first := len(c.histograms)
	for _, dp := range h.DataPoints().All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		c.points++
		to := metricdata.HistogramDataPoint[float64]{
			Attributes: c.set(dp.Attributes()), StartTime: timeOf(dp.StartTimestamp()), Time: timeOf(dp.Timestamp()),
			Count: dp.Count(), Bounds: appended(&c.bounds, dp.ExplicitBounds()), BucketCounts: appended(&c.counts, dp.BucketCounts()),
		}
		to.Sum, to.Min, to.Max = optional(dp)
		c.histograms = append(c.histograms, to)
	}
	return metricdata.Histogram[float64]{DataPoints: c.histograms[first:], Temporality: temporalityOf(h.AggregationTemporality())}
}

func (c *converter) exponential(h pmetric.ExponentialHistogram) metricdata.Aggregation {
	first := len(c.exponentials)
	for _, dp := range h.DataPoints().All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		c.points++
		to := metricdata.ExponentialHistogramDataPoint[float64]{
			Attributes: c.set(dp.Attributes()), StartTime: timeOf(dp.StartTimestamp()), Time: timeOf(dp.Timestamp()),
			Count: dp.Count(), Scale: dp.Scale(), ZeroCount: dp.ZeroCount(), ZeroThreshold: dp.ZeroThreshold(),
			PositiveBucket: c.side(dp.Positive()), NegativeBucket: c.side(dp.Negative()),
		}
		to.Sum, to.Min, to.Max = optional(dp)
		c.exponentials = append(c.exponentials, to)
	}
	return metricdata.ExponentialHistogram[float64]{DataPoints: c.exponentials[first:], Temporality: temporalityOf(h.AggregationTemporality())}
}

// A distribution is a data point of either kind of histogram.
type distribution interface {
	HasSum() bool
	Sum() float64
	HasMin() bool
	Min() float64
	HasMax() bool
	Max() float64
}

// optional returns what a distribution may have; the sum is absent where it has none.
func optional(dp distribution) (sum float64, least, greatest metricdata.Extrema[float64]) {
	sum = absent
	if dp.HasSum() {
		sum = dp.Sum()
	}
	if dp.HasMin() {
		least = metricdata.NewExtrema(dp.Min())
	}
	if dp.HasMax() {
		greatest = metricdata.NewExtrema(dp.Max())
	}
	return sum, least, greatest
}

func (c *converter) side(b pmetric.ExponentialHistogramDataPointBuckets) metricdata.ExponentialBucket {
	return metricdata.ExponentialBucket{Offset: b.Offset(), Counts: appended(&c.counts, b.BucketCounts())}
}

func (c *converter) summary(s pmetric.Summary) metricdata.Aggregation {
	first := len(c.summaries)
	for _, dp := range s.DataPoints().All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		c.points++
		from := len(c.quantiles)
		for _, q := range dp.QuantileValues().All() {
			c.quantiles = append(c.quantiles, metricdata.QuantileValue{Quantile: q.Quantile(), Value: q.Value()})
		}
		c.summaries = append(c.summaries, metricdata.SummaryDataPoint{
			Attributes: c.set(dp.Attributes()), StartTime: timeOf(dp.StartTimestamp()), Time: timeOf(dp.Timestamp()),
			Count: dp.Count(), Sum: dp.Sum(), QuantileValues: c.quantiles[from:],
		})
	}
	return metricdata.Summary{DataPoints: c.summaries[first:]}
}

// appended copies numbers into memory that is used again.
func appended[T any, S interface {
	Len() int
	At(int) T
}](to *[]T, from S) []T {
	first := len(*to)
	for i := range from.Len() {
		*to = append(*to, from.At(i))
	}
	return (*to)[first:]
}

// absent is the sum of a histogram that has none, as those of values below zero may
// have. The sink leaves it out; no arithmetic makes this NaN.
var absent = math.Float64frombits(0x7ff8_a9b7_0000_0001)

func isAbsent(v float64) bool { return math.Float64bits(v) == math.Float64bits(absent) }

// noNumber tells whether a data point says nothing.
func noNumber(dp pmetric.NumberDataPoint) bool {
	return dp.Flags().NoRecordedValue() || dp.ValueType() == pmetric.NumberDataPointValueTypeEmpty
}

func temporalityOf(t pmetric.AggregationTemporality) metricdata.Temporality {
	if t == pmetric.AggregationTemporalityDelta {
		return metricdata.DeltaTemporality
	}
	return metricdata.CumulativeTemporality
}

// timeOf returns a time; one that is not set is zero.
func timeOf(t pcommon.Timestamp) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(t))
}
