package transform

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/histogram"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A distribution holds the series that a histogram or a summary is sent as.
type distribution struct {
	count, sum, min, max, mean encoding.Series

	buckets   family // by upper bound, the last without one
	quantiles family
}

// A family is series that differ by one tag with a number in it, in the order of
// the numbers.
type family struct {
	*bounds
	series []encoding.Series
}

// bounds are the numbers of a family and the tags that hold them. Entries share
// them.
type bounds struct {
	keys []float64
	tags []*encoding.PartTag
}

// each calls f with the series, some of them not made.
func (d *distribution) each(f func(*encoding.Series)) {
	if d == nil {
		return
	}
	for _, s := range []*encoding.Series{&d.count, &d.sum, &d.min, &d.max, &d.mean} {
		f(s)
	}
	d.buckets.each(f)
	d.quantiles.each(f)
}

func (f *family) each(do func(*encoding.Series)) {
	for i := range f.series {
		do(&f.series[i])
	}
}

// A source is a data point of an instrument, with what is needed to make series
// for it.
type source struct {
	in *instrument
	e  *entry
	at time.Time
}

// distribution finds the entry of an attribute set, with its distribution made.
func (t *Transformer) distribution(in *instrument, attrs *attribute.Set, at time.Time) source {
	e, isNew := t.cache.entry(in, attrs)
	if isNew {
		e.dist = &distribution{count: t.maker.series(in, e, "count", nil), sum: t.maker.series(in, e, "sum", nil)}
	}
	return source{in, e, at}
}

// maxFamily bounds the buckets or quantiles of one data point: each is a series,
// and a hundred is much.
const maxFamily = 10_000

// fewEnough tells whether a data point has no more than n buckets or quantiles;
// with more it is dropped.
func (t *Transformer) fewEnough(src source, n int) bool {
	if n <= maxFamily {
		return true
	}
	t.drop(src.in, src.e, fmt.Errorf("%w: %d, and %d are the most", ErrTooManyBuckets, n, maxFamily))
	return false
}

func histograms[N int64 | float64](t *Transformer, in *instrument, data metricdata.Histogram[N]) {
	in.delta = data.Temporality == metricdata.DeltaTemporality
	for i := range data.DataPoints {
		dp := &data.DataPoints[i]
		src := t.distribution(in, &dp.Attributes, dp.Time)
		if !t.fewEnough(src, len(dp.Bounds)) {
			continue
		}
		h := histogram.Buckets{Bounds: dp.Bounds, Counts: dp.BucketCounts, Total: dp.Count}
		putHistogram(t, src, h, dp.Sum, dp.Min, dp.Max, dp.StartTime)
	}
	t.cache.endRound(in)
}

func exponentials[N int64 | float64](t *Transformer, in *instrument, data metricdata.ExponentialHistogram[N]) {
	in.delta = data.Temporality == metricdata.DeltaTemporality
	for i := range data.DataPoints {
		dp := &data.DataPoints[i]
		src := t.distribution(in, &dp.Attributes, dp.Time)
		h := t.converter.Explicit(&histogram.Exponential{
			Scale: dp.Scale, ZeroCount: dp.ZeroCount, ZeroThreshold: dp.ZeroThreshold, Total: dp.Count,
			Positive: histogram.Side(dp.PositiveBucket), Negative: histogram.Side(dp.NegativeBucket),
		})
		putHistogram(t, src, h, dp.Sum, dp.Min, dp.Max, dp.StartTime)
	}
	t.cache.endRound(in)
}

func summaries(t *Transformer, in *instrument, dps []metricdata.SummaryDataPoint) {
	for i := range dps {
		dp := &dps[i]
		src := t.distribution(in, &dp.Attributes, dp.Time)
		if !t.fewEnough(src, len(dp.QuantileValues)) {
			continue
		}
		d := src.e.dist
		t.scratch = t.scratch[:0]
		for _, q := range dp.QuantileValues {
			t.scratch = append(t.scratch, q.Quantile)
		}
		t.setQuantiles(src, t.scratch)
		for j, q := range dp.QuantileValues {
			t.put(in, src.e, &d.quantiles.series[j], dp.Time, encoding.Float(q.Value))
		}
		t.put(in, src.e, &d.count, dp.Time, encoding.Uint(dp.Count))
		t.put(in, src.e, &d.sum, dp.Time, encoding.Float(dp.Sum))
	}
	t.cache.endRound(in)
}

// putHistogram emits all that both kinds of histogram are sent as.
func putHistogram[N int64 | float64](t *Transformer, src source, h histogram.Buckets, sum N, lo, hi metricdata.Extrema[N], start time.Time) {
	if t.cfg.Buckets {
		t.putBuckets(src, h)
	}
	if t.cfg.Summary {
		t.putSummary(src, h, extremum(lo), extremum(hi), float64(sum))
	}
	d := src.e.dist
	t.put(src.in, src.e, &d.count, src.at, encoding.Uint(h.Total))
	t.put(src.in, src.e, &d.sum, src.at, number(sum))
	putExtremum(t, src, lo, "min", &d.min)
	putExtremum(t, src, hi, "max", &d.max)
	if t.cfg.Rates {
		t.putRates(src.in, src.e, float64(h.Total), start, src.at)
	}
}

// putBuckets emits the cumulative counts, +Inf last.
func (t *Transformer) putBuckets(src source, h histogram.Buckets) {
	t.setBuckets(src, h.Bounds)
	series := src.e.dist.buckets.series
	below := uint64(0)
	for i := range h.Bounds {
		if i < len(h.Counts) {
			below += h.Counts[i]
		}
		t.put(src.in, src.e, &series[i], src.at, encoding.Uint(below))
	}
	t.put(src.in, src.e, &series[len(h.Bounds)], src.at, encoding.Uint(h.Total))
}

// setBuckets makes the series of the buckets with these upper bounds.
func (t *Transformer) setBuckets(src source, keys []float64) {
	f := &src.e.dist.buckets
	if f.has(keys) {
		return
	}
	if !src.in.bounds.has(keys) {
		src.in.bounds = t.newBounds("le", keys)
		src.in.bounds.tags = append(src.in.bounds.tags, encoding.NewPartTag("le", t.cfg.value("+Inf")))
	}
	t.setFamily(src, f, src.in.bounds, "bucket")
}

// setQuantiles makes the series of quantiles.
func (t *Transformer) setQuantiles(src source, keys []float64) {
	f := &src.e.dist.quantiles
	if f.has(keys) {
		return
	}
	if !src.in.quantiles.has(keys) {
		src.in.quantiles = t.newBounds("quantile", keys)
	}
	t.setFamily(src, f, src.in.quantiles, "")
}

func (t *Transformer) newBounds(tag string, keys []float64) *bounds {
	b := &bounds{keys: slices.Clone(keys)}
	for _, key := range keys {
		b.tags = append(b.tags, encoding.NewPartTag(tag, t.cfg.value(formatKey(key))))
	}
	return b
}

// key returns what the tag says: the last bucket has no bound.
func (b *bounds) key(i int) float64 {
	if i < len(b.keys) {
		return b.keys[i]
	}
	return math.Inf(1)
}

func (b *bounds) has(keys []float64) bool { return b != nil && slices.Equal(b.keys, keys) }

// setFamily makes the series of bounds, keeps those there are already, and
// forgets those that are gone: the bounds of an exponential histogram move as
// values come in.
func (t *Transformer) setFamily(src source, f *family, b *bounds, part string) {
	old := map[float64]*encoding.Series{}
	for i := range f.series {
		old[f.key(i)] = &f.series[i]
	}
	series := make([]encoding.Series, len(b.tags))
	for i := range series {
		if s, known := old[b.key(i)]; known {
			series[i] = *s
			delete(old, b.key(i))
			continue
		}
		series[i] = t.maker.series(src.in, src.e, part, b.tags[i])
	}
	for _, s := range old {
		t.maker.identities.remove(s)
	}
	f.bounds, f.series = b, series
}

func putExtremum[N int64 | float64](t *Transformer, src source, x metricdata.Extrema[N], part string, s *encoding.Series) {
	v, defined := x.Value()
	if !defined {
		return
	}
	if s.IsZero() {
		*s = t.maker.series(src.in, src.e, part, nil)
	}
	t.put(src.in, src.e, s, src.at, number(v))
}

// formatKey writes a bound or a quantile as Prometheus' text format does.
func formatKey(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
