package apptuit

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/histogram"
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
func (t *transformer) putSummary(src source, h histogram.Buckets, lo, hi histogram.Extreme, sum float64) {
	if h.Total == 0 {
		return
	}
	d := src.e.dist
	if d.mean.IsZero() {
		d.mean = t.series(src.in, src.e, "mean", nil)
	}
	t.put(src.in, src.e, &d.mean, src.at, encoding.Float(sum/float64(h.Total)))
	if len(h.Counts) == 0 {
		return // without buckets nothing is known of the quantiles
	}
	t.setQuantiles(src, t.cfg.quantiles)
	for i, q := range t.cfg.quantiles {
		t.put(src.in, src.e, &d.quantiles.series[i], src.at, encoding.Float(h.Quantile(q, lo, hi)))
	}
}

func extremum[N int64 | float64](x metricdata.Extrema[N]) histogram.Extreme {
	v, known := x.Value()
	return histogram.Extreme{Value: float64(v), Known: known}
}
