package apptuit

import (
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A distribution holds the series that a histogram or a summary is sent as.
type distribution struct {
	count, sum, min, max, mean *encoding.Series

	buckets   family // by upper bound
	infinite  *encoding.Series
	quantiles family
}

// A family is series that differ by one tag with a number in it, in the order of
// the numbers.
type family struct {
	keys   []float64
	series []*encoding.Series
}

// all returns the series made so far, some of them nil.
func (d *distribution) all() []*encoding.Series {
	if d == nil {
		return nil
	}
	return slices.Concat(d.buckets.series, d.quantiles.series,
		[]*encoding.Series{d.count, d.sum, d.min, d.max, d.mean, d.infinite})
}

// A source is a data point of an instrument, with what is needed to make series
// for it.
type source struct {
	in    *instrument
	e     *entry
	attrs *attribute.Set
	at    time.Time
}

// distribution finds the entry of an attribute set, with its distribution made.
func (t *transformer) distribution(in *instrument, attrs *attribute.Set, at time.Time) source {
	e, isNew := in.entry(attrs)
	if isNew {
		id := t.identify(in, e, attrs)
		e.dist = &distribution{count: id.part(t, "count"), sum: id.part(t, "sum")}
	}
	return source{in, e, attrs, at}
}

func histograms[N int64 | float64](t *transformer, in *instrument, data metricdata.Histogram[N]) {
	in.delta = data.Temporality == metricdata.DeltaTemporality
	for i := range data.DataPoints {
		dp := &data.DataPoints[i]
		src := t.distribution(in, &dp.Attributes, dp.Time)
		h := buckets{dp.Bounds, dp.BucketCounts, dp.Count}
		putHistogram(t, src, h, dp.Sum, dp.Min, dp.Max, dp.StartTime)
	}
	t.forgetEntries(in)
}

func exponentials[N int64 | float64](t *transformer, in *instrument, data metricdata.ExponentialHistogram[N]) {
	in.delta = data.Temporality == metricdata.DeltaTemporality
	for i := range data.DataPoints {
		dp := &data.DataPoints[i]
		src := t.distribution(in, &dp.Attributes, dp.Time)
		setExponential(&t.expo, dp)
		h := buckets{t.expo.bounds, t.expo.counts, dp.Count}
		putHistogram(t, src, h, dp.Sum, dp.Min, dp.Max, dp.StartTime)
	}
	t.forgetEntries(in)
}

func summaries(t *transformer, in *instrument, dps []metricdata.SummaryDataPoint) {
	for i := range dps {
		dp := &dps[i]
		src := t.distribution(in, &dp.Attributes, dp.Time)
		d := src.e.dist
		t.scratch = t.scratch[:0]
		for _, q := range dp.QuantileValues {
			t.scratch = append(t.scratch, q.Quantile)
		}
		t.setFamily(src, &d.quantiles, t.scratch, "", "quantile")
		for j, q := range dp.QuantileValues {
			t.put(in, src.e, d.quantiles.series[j], dp.Time, encoding.Float(q.Value))
		}
		t.put(in, src.e, d.count, dp.Time, encoding.Uint(dp.Count))
		t.put(in, src.e, d.sum, dp.Time, encoding.Float(dp.Sum))
	}
	t.forgetEntries(in)
}

// buckets is a histogram: counts between bounds, the last bucket without a bound
// above.
type buckets struct {
	bounds []float64
	counts []uint64 // one for each bound, and one more or not
	total  uint64
}

// putHistogram emits all that both kinds of histogram are sent as.
func putHistogram[N int64 | float64](t *transformer, src source, h buckets, sum N, lo, hi metricdata.Extrema[N], start time.Time) {
	if t.cfg.histograms.has(HistogramBuckets) {
		t.putBuckets(src, h)
	}
	if t.cfg.histograms.has(HistogramSummary) {
		t.putSummary(src, h, extremum(lo), extremum(hi), float64(sum))
	}
	d := src.e.dist
	t.put(src.in, src.e, d.count, src.at, encoding.Uint(h.total))
	t.put(src.in, src.e, d.sum, src.at, number(sum))
	putExtremum(t, src, lo, "min", &d.min)
	putExtremum(t, src, hi, "max", &d.max)
	t.putRates(src.in, src.e, src.attrs, float64(h.total), start, src.at)
}

// putBuckets emits the cumulative counts, +Inf last.
func (t *transformer) putBuckets(src source, h buckets) {
	d := src.e.dist
	t.setFamily(src, &d.buckets, h.bounds, "bucket", "le")
	if d.infinite == nil {
		d.infinite = t.identify(src.in, src.e, src.attrs).part(t, "bucket", encoding.Tag{Key: "le", Value: "+Inf"})
	}
	below := uint64(0)
	for i := range h.bounds {
		if i < len(h.counts) {
			below += h.counts[i]
		}
		t.put(src.in, src.e, d.buckets.series[i], src.at, encoding.Uint(below))
	}
	t.put(src.in, src.e, d.infinite, src.at, encoding.Uint(h.total))
}

// setFamily makes the series of keys not seen before, keeps the others, and
// forgets those that are gone: the bounds of an exponential histogram move as
// values come in.
func (t *transformer) setFamily(src source, f *family, keys []float64, part, tag string) {
	if slices.Equal(f.keys, keys) {
		return
	}
	id := t.identify(src.in, src.e, src.attrs)
	old := map[float64]*encoding.Series{}
	for i, key := range f.keys {
		old[key] = f.series[i]
	}
	series := make([]*encoding.Series, len(keys))
	for i, key := range keys {
		s, known := old[key]
		if !known {
			s = id.part(t, part, encoding.Tag{Key: tag, Value: formatKey(key)})
		}
		delete(old, key)
		series[i] = s
	}
	for _, s := range old {
		t.disown(s)
	}
	f.keys, f.series = slices.Clone(keys), series
}

func putExtremum[N int64 | float64](t *transformer, src source, x metricdata.Extrema[N], part string, s **encoding.Series) {
	v, defined := x.Value()
	if !defined {
		return
	}
	if *s == nil {
		*s = t.identify(src.in, src.e, src.attrs).part(t, part)
	}
	t.put(src.in, src.e, *s, src.at, number(v))
}

// formatKey writes a bound or a quantile as Prometheus' text format does.
func formatKey(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
