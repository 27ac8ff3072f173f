package transform

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/histogram"
	"github.com/apptuitai/apptuit-go/internal/text"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A distribution holds the series that a histogram or a summary is sent as.
type distribution struct {
	count, sum, min, max, mean, deviation encoding.Series

	buckets   family // by upper bound, the last without one
	quantiles family

	past *past // in summary mode
}

// before returns the past, made where there is none.
func (d *distribution) before() *past {
	if d.past == nil {
		d.past = &past{}
	}
	return d.past
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
	keys  []float64
	parts []part
}

// A part is what tells one series of an entry from the others: a name behind the
// metric's, and a tag of its own, or nil.
type part struct {
	name string
	tag  *encoding.PartTag
}

// each calls f with the series, some of them not made.
func (d *distribution) each(f func(*encoding.Series)) {
	if d == nil {
		return
	}
	for _, s := range []*encoding.Series{&d.count, &d.sum, &d.min, &d.max, &d.mean, &d.deviation} {
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

func histograms[N int64 | float64](t *Transformer, sc *scope, m *metricdata.Metrics, data metricdata.Histogram[N]) {
	if len(data.DataPoints) == 0 {
		return
	}
	first := &data.DataPoints[0]
	in := t.instrument(sc, m, kindHistogram, data.Temporality, first.StartTime, first.Time)
	for i := range data.DataPoints {
		dp := &data.DataPoints[i]
		t.index++
		src := t.distribution(in, &dp.Attributes, dp.Time)
		if !t.fewEnough(src, len(dp.Bounds)) {
			continue
		}
		r := reading{count: dp.Count, sum: amountOf(dp.Sum), least: extremeOf(dp.Min), greatest: extremeOf(dp.Max)}
		r.buckets = t.useful(in, histogram.Buckets{Bounds: dp.Bounds, Counts: dp.BucketCounts, Total: dp.Count})
		t.putHistogram(src, &r, dp.StartTime)
	}
	t.cache.endRound(in)
}

func exponentials[N int64 | float64](t *Transformer, sc *scope, m *metricdata.Metrics, data metricdata.ExponentialHistogram[N]) {
	if len(data.DataPoints) == 0 {
		return
	}
	first := &data.DataPoints[0]
	in := t.instrument(sc, m, kindExponential, data.Temporality, first.StartTime, first.Time)
	for i := range data.DataPoints {
		dp := &data.DataPoints[i]
		t.index++
		src := t.distribution(in, &dp.Attributes, dp.Time)
		t.exponential = histogram.Exponential{
			Scale: dp.Scale, ZeroCount: dp.ZeroCount, ZeroThreshold: dp.ZeroThreshold, Total: dp.Count,
			Positive: histogram.Side(dp.PositiveBucket), Negative: histogram.Side(dp.NegativeBucket),
		}
		r := reading{exponential: &t.exponential, count: dp.Count, sum: amountOf(dp.Sum), least: extremeOf(dp.Min), greatest: extremeOf(dp.Max)}
		t.putHistogram(src, &r, dp.StartTime)
	}
	t.exponential = histogram.Exponential{} // it is the caller's
	t.cache.endRound(in)
}

func summaries(t *Transformer, in *instrument, dps []metricdata.SummaryDataPoint) {
	for i := range dps {
		dp := &dps[i]
		t.index++
		src := t.distribution(in, &dp.Attributes, dp.Time)
		if !t.fewEnough(src, len(dp.QuantileValues)) {
			continue
		}
		d := src.e.dist
		if idle := t.picked.pick(dp.QuantileValues); idle > 0 {
			t.dropped.idle(in, idle, "quantiles")
		}
		t.maker.setQuantiles(src, t.picked.quantiles)
		for j, from := range t.picked.from {
			t.put(in, src.e, &d.quantiles.series[j], dp.Time, encoding.Float(dp.QuantileValues[from].Value))
		}
		t.put(in, src.e, &d.count, dp.Time, encoding.Uint(dp.Count))
		t.put(in, src.e, &d.sum, dp.Time, encoding.Float(dp.Sum))
	}
	t.cache.endRound(in)
}

// useful returns buckets without the bounds that say nothing, and tells of these.
func (t *Transformer) useful(in *instrument, b histogram.Buckets) histogram.Buckets {
	b, idle := t.cleaner.Useful(b)
	if idle > 0 {
		t.dropped.idle(in, idle, "bounds")
	}
	return b
}

// A selection is the quantiles of a summary that are worth sending.
type selection struct {
	quantiles []float64
	from      []int // where each was
}

// pick takes the quantiles that are numbers, each once, and returns how many others
// there are.
func (s *selection) pick(all []metricdata.QuantileValue) (idle int) {
	s.quantiles, s.from = s.quantiles[:0], s.from[:0]
	rising := true
	for i, v := range all {
		q := v.Quantile
		rising = rising && (len(s.quantiles) == 0 || q > s.quantiles[len(s.quantiles)-1])
		if math.IsNaN(q) || !rising && slices.Contains(s.quantiles, q) {
			continue
		}
		s.quantiles, s.from = append(s.quantiles, q), append(s.from, i)
	}
	return len(all) - len(s.from)
}

// idle tells once for each instrument of what says nothing.
func (d *dropped) idle(in *instrument, n int, what string) {
	if in.toldIdle {
		return
	}
	in.toldIdle = true
	d.warn("%s: %d %s say nothing and are left out: NaN, infinite, or not above the one before", text.Line(in.name), n, what)
}

// putHistogram emits all that both kinds of histogram are sent as: counts since the
// start, or as they came, and in summary mode what the last interval was like.
func (t *Transformer) putHistogram(src source, r *reading, start time.Time) {
	total, recent := *r, *r
	switch {
	case !t.cfg.Summary:
	case !src.in.delta && t.cfg.Repeats && src.e.dist.before().reaches(t.timeOf(src.at)):
		recent = reading{} // it comes again, or out of turn: its interval is not known any more
	case !src.in.delta:
		recent = src.e.dist.before().since(src.in, r, start, t.timeOf(src.at), &t.interim)
	case t.cfg.Accumulate:
		total = src.e.dist.before().add(src.in, r, t.cfg.Buckets)
	}
	if t.cfg.Buckets {
		t.putBuckets(src, total.explicit(&t.converter))
	}
	if t.cfg.Summary {
		t.putSummary(src, &recent)
	}
	t.putTotal(src, &total)
	if !t.cfg.Summary || recent.count > 0 {
		d := src.e.dist
		t.putExtreme(src, recent.least, "min", &d.min)
		t.putExtreme(src, recent.greatest, "max", &d.max)
	}
	if src.in.rated {
		t.putRates(src, countOf(r.count), start)
	}
}

func (t *Transformer) putTotal(src source, total *reading) {
	d := src.e.dist
	t.put(src.in, src.e, &d.count, src.at, encoding.Uint(total.count))
	t.put(src.in, src.e, &d.sum, src.at, total.sum.value())
}

func (t *Transformer) putExtreme(src source, x extreme, part string, s *encoding.Series) {
	if !x.known {
		return
	}
	if s.IsZero() {
		*s = t.maker.series(src.in, src.e, part, nil)
	}
	t.put(src.in, src.e, s, src.at, x.value())
}

// putBuckets emits the cumulative counts, +Inf last.
func (t *Transformer) putBuckets(src source, h histogram.Buckets) {
	t.maker.setBuckets(src, h.Bounds)
	series := src.e.dist.buckets.series
	below := uint64(0)
	for i := range h.Bounds {
		below += countAt(h.Counts, i)
		t.put(src.in, src.e, &series[i], src.at, encoding.Uint(below))
	}
	t.put(src.in, src.e, &series[len(h.Bounds)], src.at, encoding.Uint(h.Total))
}

// setBuckets makes the series of the buckets with these upper bounds.
func (m *maker) setBuckets(src source, keys []float64) {
	f := &src.e.dist.buckets
	if f.has(keys) {
		return
	}
	if !src.in.bounds.has(keys) {
		src.in.bounds = newBounds(keys, m.cfg.bucketPart)
		src.in.bounds.parts = append(src.in.bounds.parts, m.cfg.bucketPart(math.Inf(1)))
	}
	m.setFamily(src, f, src.in.bounds)
}

// setQuantiles makes the series of quantiles.
func (m *maker) setQuantiles(src source, keys []float64) {
	f := &src.e.dist.quantiles
	if f.has(keys) {
		return
	}
	if !src.in.quantiles.has(keys) {
		src.in.quantiles = newBounds(keys, m.cfg.quantilePart)
	}
	m.setFamily(src, f, src.in.quantiles)
}

func newBounds(keys []float64, partOf func(float64) part) *bounds {
	b := &bounds{keys: slices.Clone(keys)}
	for _, key := range keys {
		b.parts = append(b.parts, partOf(key))
	}
	return b
}

func (c *Config) bucketPart(bound float64) part {
	return part{"bucket", encoding.NewPartTag("le", c.value(formatKey(bound)))}
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
func (m *maker) setFamily(src source, f *family, b *bounds) {
	old := map[float64]*encoding.Series{}
	for i := range f.series {
		old[f.key(i)] = &f.series[i]
	}
	series := make([]encoding.Series, len(b.parts))
	for i := range series {
		if s, known := old[b.key(i)]; known {
			series[i] = *s
			delete(old, b.key(i))
			continue
		}
		series[i] = m.series(src.in, src.e, b.parts[i].name, b.parts[i].tag)
	}
	for _, s := range old {
		m.identities.remove(s)
	}
	f.bounds, f.series = b, series
}

// formatKey writes a bound or a quantile as Prometheus' text format does.
func formatKey(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
