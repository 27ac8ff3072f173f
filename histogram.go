package apptuit

import (
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A distribution holds the series that a histogram or a summary is sent as.
type distribution struct {
	count, sum, min, max *encoding.Series
	keys                 []float64          // bounds, or quantiles
	parts                []*encoding.Series // one for each key; of a histogram one more, for +Inf
}

// all yields the series made so far.
func (d *distribution) all() iter.Seq2[int, *encoding.Series] {
	return slices.All(append(slices.Clone(d.parts), d.count, d.sum, d.min, d.max))
}

// distribution finds or makes what an attribute set is sent as.
func (t *transformer) distribution(in *instrument, attrs *attribute.Set) (*entry, *distribution) {
	e, isNew := in.entry(attrs)
	if isNew {
		id := t.identify(in, e, attrs, 1)
		e.dist = &distribution{count: id.part(t, "count"), sum: id.part(t, "sum")}
	}
	return e, e.dist
}

func histograms[N int64 | float64](t *transformer, in *instrument, dps []metricdata.HistogramDataPoint[N]) {
	for i := range dps {
		dp := &dps[i]
		e, d := t.distribution(in, &dp.Attributes)
		t.putBuckets(in, e, &dp.Attributes, dp.Time, dp.Bounds, dp.BucketCounts, dp.Count)
		t.put(in, e, d.sum, dp.Time, number(dp.Sum))
		putExtrema(t, in, e, &dp.Attributes, dp.Time, dp.Min, dp.Max)
	}
	t.forgetEntries(in)
}

func exponentials[N int64 | float64](t *transformer, in *instrument, dps []metricdata.ExponentialHistogramDataPoint[N]) {
	for i := range dps {
		dp := &dps[i]
		e, d := t.distribution(in, &dp.Attributes)
		setExponential(&t.expo, dp)
		t.putBuckets(in, e, &dp.Attributes, dp.Time, t.expo.bounds, t.expo.counts, dp.Count)
		t.put(in, e, d.sum, dp.Time, number(dp.Sum))
		putExtrema(t, in, e, &dp.Attributes, dp.Time, dp.Min, dp.Max)
	}
	t.forgetEntries(in)
}

func summaries(t *transformer, in *instrument, dps []metricdata.SummaryDataPoint) {
	for i := range dps {
		dp := &dps[i]
		e, d := t.distribution(in, &dp.Attributes)
		t.setQuantiles(in, e, dp)
		for j, q := range dp.QuantileValues {
			t.put(in, e, d.parts[j], dp.Time, encoding.Float(q.Value))
		}
		t.put(in, e, d.count, dp.Time, encoding.Uint(dp.Count))
		t.put(in, e, d.sum, dp.Time, encoding.Float(dp.Sum))
	}
	t.forgetEntries(in)
}

// putBuckets emits the cumulative counts, +Inf last, and the count.
func (t *transformer) putBuckets(in *instrument, e *entry, attrs *attribute.Set, at time.Time, bounds []float64, counts []uint64, count uint64) {
	t.setBounds(in, e, attrs, bounds)
	parts := e.dist.parts
	below := uint64(0)
	for i := range bounds {
		if i < len(counts) {
			below += counts[i]
		}
		t.put(in, e, parts[i], at, encoding.Uint(below))
	}
	t.put(in, e, parts[len(bounds)], at, encoding.Uint(count))
	t.put(in, e, e.dist.count, at, encoding.Uint(count))
}

// setBounds makes the bucket series of bounds not seen before and keeps the
// others: those of an exponential histogram move as values come in.
func (t *transformer) setBounds(in *instrument, e *entry, attrs *attribute.Set, bounds []float64) {
	d := e.dist
	if d.parts != nil && slices.Equal(d.keys, bounds) {
		return
	}
	id := t.identify(in, e, attrs, 1)
	bucket := func(le string) *encoding.Series {
		return id.part(t, "bucket", encoding.Tag{Key: "le", Value: le})
	}
	if d.parts == nil {
		d.parts = []*encoding.Series{bucket("+Inf")}
	}
	infinite := d.parts[len(d.parts)-1]
	parts := t.reuse(d, bounds, func(bound float64) *encoding.Series { return bucket(formatKey(bound)) })
	d.parts, d.keys = append(parts, infinite), slices.Clone(bounds)
}

func (t *transformer) setQuantiles(in *instrument, e *entry, dp *metricdata.SummaryDataPoint) {
	d := e.dist
	same := slices.EqualFunc(d.keys, dp.QuantileValues, func(k float64, q metricdata.QuantileValue) bool {
		return k == q.Quantile
	})
	if same {
		return
	}
	quantiles := make([]float64, len(dp.QuantileValues))
	for i, q := range dp.QuantileValues {
		quantiles[i] = q.Quantile
	}
	id := t.identify(in, e, &dp.Attributes, 1)
	d.parts = t.reuse(d, quantiles, func(q float64) *encoding.Series {
		return id.part(t, "", encoding.Tag{Key: "quantile", Value: formatKey(q)})
	})
	d.keys = quantiles
}

// reuse returns a series for each key: the one d has, or a new one. The series
// of keys that are gone are forgotten.
func (t *transformer) reuse(d *distribution, keys []float64, make func(float64) *encoding.Series) []*encoding.Series {
	old := map[float64]*encoding.Series{}
	for i, key := range d.keys {
		old[key] = d.parts[i]
	}
	var parts []*encoding.Series
	for _, key := range keys {
		s, ok := old[key]
		if !ok {
			s = make(key)
		}
		delete(old, key)
		parts = append(parts, s)
	}
	for _, s := range old {
		t.disown(s)
	}
	return parts
}

func putExtrema[N int64 | float64](t *transformer, in *instrument, e *entry, attrs *attribute.Set, at time.Time, lo, hi metricdata.Extrema[N]) {
	putExtremum(t, in, e, attrs, at, lo, "min", &e.dist.min)
	putExtremum(t, in, e, attrs, at, hi, "max", &e.dist.max)
}

func putExtremum[N int64 | float64](t *transformer, in *instrument, e *entry, attrs *attribute.Set, at time.Time, x metricdata.Extrema[N], part string, s **encoding.Series) {
	v, defined := x.Value()
	if !defined {
		return
	}
	if *s == nil {
		*s = t.identify(in, e, attrs, 1).part(t, part)
	}
	t.put(in, e, *s, at, number(v))
}

// formatKey writes a bound or a quantile as Prometheus' text format does.
func formatKey(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
