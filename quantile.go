package apptuit

import (
	"math"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A HistogramMode is a way to send histograms.
type HistogramMode uint8

const (
	// HistogramBuckets, the default, sends the cumulative counts of the buckets,
	// for stores that compute quantiles over many series and any time.
	HistogramBuckets HistogramMode = 1 << iota
	// HistogramSummary sends mean and quantiles, computed here from the buckets,
	// as the older reporters did.
	HistogramSummary
)

func (m HistogramMode) has(mode HistogramMode) bool { return m&mode != 0 }

// defaultQuantiles are those of the Java reporters.
var defaultQuantiles = []float64{0.5, 0.75, 0.95, 0.98, 0.99, 0.999}

// putSummary emits mean and quantiles; a histogram without values has none.
func (t *transformer) putSummary(src source, h buckets, lo, hi extreme, sum float64) {
	if h.total == 0 {
		return
	}
	d := src.e.dist
	if d.mean.IsZero() {
		d.mean = t.series(src.in, src.e, "mean", nil)
	}
	t.put(src.in, src.e, &d.mean, src.at, encoding.Float(sum/float64(h.total)))
	if len(h.counts) == 0 {
		return // without buckets nothing is known of the quantiles
	}
	t.setQuantiles(src, t.cfg.quantiles)
	for i, q := range t.cfg.quantiles {
		t.put(src.in, src.e, &d.quantiles.series[i], src.at, encoding.Float(h.quantile(q, lo, hi)))
	}
}

// An extreme is the least or the greatest value of a histogram, if it is known.
type extreme struct {
	value float64
	known bool
}

func extremum[N int64 | float64](x metricdata.Extrema[N]) extreme {
	v, known := x.Value()
	return extreme{float64(v), known}
}

// quantile estimates the value below which the part q of the values lies, by
// interpolation inside its bucket. It is kept within lo and hi, where they are
// known; a bucket that is open to one side is taken to be as wide as they say,
// or to have no width.
func (h buckets) quantile(q float64, lo, hi extreme) float64 {
	rank, below := q*float64(h.total), 0.0
	last := len(h.counts) - 1
	for i, count := range h.counts {
		if below+float64(count) < rank && i < last || count == 0 {
			below += float64(count)
			continue
		}
		from, to := h.edges(i, lo, hi)
		return within(from+(to-from)*(rank-below)/float64(count), lo, hi)
	}
	_, to := h.edges(last, lo, hi) // the counts do not add up to the total
	return within(to, lo, hi)
}

// edges returns the bounds of bucket i, narrowed to where its values can be.
func (h buckets) edges(i int, lo, hi extreme) (from, to float64) {
	from, to = math.Inf(-1), math.Inf(1)
	if i > 0 && i <= len(h.bounds) {
		from = h.bounds[i-1]
	}
	if i < len(h.bounds) {
		to = h.bounds[i]
	}
	from, to = within(from, lo, hi), within(to, lo, hi)
	switch {
	case math.IsInf(from, -1) && math.IsInf(to, 1):
		return 0, 0
	case math.IsInf(from, -1):
		return min(0, to), to // values are seldom below zero
	case math.IsInf(to, 1):
		return from, from
	}
	return from, to
}

func within(v float64, lo, hi extreme) float64 {
	if lo.known {
		v = max(v, lo.value)
	}
	if hi.known {
		v = min(v, hi.value)
	}
	return v
}
