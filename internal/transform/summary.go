package transform

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/histogram"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// putSummary emits mean and quantiles; a histogram without values has none.
func (t *Transformer) putSummary(src source, h histogram.Buckets, lo, hi histogram.Extreme, sum float64) {
	if h.Total == 0 {
		return
	}
	d := src.e.dist
	if d.mean.IsZero() {
		d.mean = t.maker.series(src.in, src.e, "mean", nil)
	}
	t.put(src.in, src.e, &d.mean, src.at, encoding.Float(sum/float64(h.Total)))
	if len(h.Counts) == 0 {
		return // without buckets nothing is known of the quantiles
	}
	t.setQuantiles(src, t.cfg.Quantiles)
	for i, q := range t.cfg.Quantiles {
		t.put(src.in, src.e, &d.quantiles.series[i], src.at, encoding.Float(h.Quantile(q, lo, hi)))
	}
}

func extremum[N int64 | float64](x metricdata.Extrema[N]) histogram.Extreme {
	v, known := x.Value()
	return histogram.Extreme{Value: float64(v), Known: known}
}
