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

// distribution finds or makes what an attribute set is sent as.
func (t *transformer) distribution(in *instrument, attrs *attribute.Set, at time.Time) (source, *distribution) {
	e, isNew := in.entry(attrs)
	if isNew {
		id := t.identify(in, e, attrs)
		e.dist = &distribution{count: id.part(t, "count"), sum: id.part(t, "sum")}
	}
	return source{in, e, attrs, at}, e.dist
}

func histograms[N int64 | float64](t *transformer, in *instrument, data metricdata.Histogram[N]) {
	in.delta = data.Temporality == metricdata.DeltaTemporality
	for i := range data.DataPoints {
		dp := &data.DataPoints[i]
		src, d := t.distribution(in, &dp.Attributes, dp.Time)
		h := buckets{dp.Bounds, dp.BucketCounts, dp.Count}
		t.putHistogram(src, h, extremum(dp.Min), extremum(dp.Max), float64(dp.Sum))
		t.put(in, src.e, d.sum, dp.Time, number(dp.Sum))
		putExtrema(t, src, dp.Min, dp.Max)
		t.putRates(in, src.e, src.attrs, float64(dp.Count), dp.StartTime, dp.Time)
	}
	t.forgetEntries(in)
}

func exponentials[N int64 | float64](t *transformer, in *instrument, data metricdata.ExponentialHistogram[N]) {
	in.delta = data.Temporality == metricdata.DeltaTemporality
	for i := range data.DataPoints {
		dp := &data.DataPoints[i]
		src, d := t.distribution(in, &dp.Attributes, dp.Time)
		setExponential(&t.expo, dp)
		h := buckets{t.expo.bounds, t.expo.counts, dp.Count}
		t.putHistogram(src, h, extremum(dp.Min), extremum(dp.Max), float64(dp.Sum))
		t.put(in, src.e, d.sum, dp.Time, number(dp.Sum))
		putExtrema(t, src, dp.Min, dp.Max)
		t.putRates(in, src.e, src.attrs, float64(dp.Count), dp.StartTime, dp.Time)
	}
	t.forgetEntries(in)
}

func summaries(t *transformer, in *instrument, dps []metricdata.SummaryDataPoint) {
	for i := range dps {
		dp := &dps[i]
		src, d := t.distribution(in, &dp.Attributes, dp.Time)
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

// putHistogram emits what both kinds of histogram are sent as, but for sum, min
// and max.
func (t *transformer) putHistogram(src source, h buckets, lo, hi extreme, sum float64) {
	if t.cfg.histograms.has(HistogramBuckets) {
		t.putBuckets(src, h)
	}
	if t.cfg.histograms.has(HistogramSummary) {
		t.putSummary(src, h, lo, hi, sum)
	}
	t.put(src.in, src.e, src.e.dist.count, src.at, encoding.Uint(h.total))
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

func putExtrema[N int64 | float64](t *transformer, src source, lo, hi metricdata.Extrema[N]) {
	putExtremum(t, src, lo, "min", &src.e.dist.min)
	putExtremum(t, src, hi, "max", &src.e.dist.max)
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
