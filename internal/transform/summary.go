package transform

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// crowd is how many values in one bucket are worth a word.
const crowd = 10

// putSummary emits mean and quantiles; an interval without values has none.
func (t *Transformer) putSummary(src source, r *reading) {
	if r.count == 0 {
		return
	}
	d := src.e.dist
	mean := r.sum.float() / float64(r.count)
	t.putPart(src, &d.mean, t.cfg.meanPart(), mean)
	b, least, greatest := r.explicit(&t.converter), r.least.bound(), r.greatest.bound()
	if len(b.Counts) == 0 {
		return // without buckets nothing is known of the quantiles
	}
	if r.exponential == nil && r.count >= crowd && b.Crowded() {
		t.dropped.crowded(src.in, r.count)
	}
	t.maker.setQuantiles(src, t.cfg.Quantiles)
	for i, q := range t.cfg.Quantiles {
		t.put(src.in, src.e, &d.quantiles.series[i], src.at, encoding.Float(b.Quantile(q, least, greatest)))
	}
	if r.exponential == nil || !t.cfg.ReporterNames {
		return // explicit buckets are as wide as the deviation may be
	}
	if deviation, known := r.exponential.Deviation(mean); known {
		t.putPart(src, &d.deviation, "std_dev", deviation)
	}
}

// putPart emits a part whose series is made when it is first there.
func (t *Transformer) putPart(src source, s *encoding.Series, part string, v float64) {
	if s.IsZero() {
		*s = t.maker.series(src.in, src.e, part, nil)
	}
	t.put(src.in, src.e, s, src.at, encoding.Float(v))
}

// crowded tells once for each instrument that its quantiles are not worth much.
func (d *dropped) crowded(in *instrument, n uint64) {
	if in.toldCrowded {
		return
	}
	in.toldCrowded = true
	d.warn("%s: all %d values of an interval lie in one bucket, so that its quantiles say little: "+
		"give it bounds in its own unit, or exponential buckets, by a view", text.Line(in.name), n)
}
