package transform

import (
	"math"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// windows are the times over which rates are weighted, as Unix' load averages
// are, and the tag that names each.
var windows = [...]struct {
	tag  string
	over time.Duration
}{
	{"1m", time.Minute},
	{"5m", 5 * time.Minute},
	{"15m", 15 * time.Minute},
}

// rates is how fast a counter grows: over its life, and weighted exponentially
// over each window, per second.
type rates struct {
	series [len(windows) + 1]encoding.Series // the last is the mean

	began  time.Time // when the counter did, as far as it is known
	until  time.Time // the last point
	value  float64   // its value, where values are cumulative
	total  float64   // the growth since began
	recent [len(windows)]float64
}

// each calls f with the series.
func (r *rates) each(f func(*encoding.Series)) {
	if r == nil {
		return
	}
	for i := range r.series {
		f(&r.series[i])
	}
}

// putRates emits the rates of a counter whose value is v, counted since start.
func (t *Transformer) putRates(in *instrument, e *entry, v float64, start, at time.Time) {
	if at.IsZero() {
		at = t.now
	}
	if e.rates == nil {
		e.rates = &rates{}
		for i := range e.rates.series {
			e.rates.series[i] = t.maker.series(in, e, "rate", encoding.NewPartTag("window", windowTag(i)))
		}
	}
	r := e.rates
	if !r.observe(v, start, at, in.delta) {
		return
	}
	for i, rate := range r.recent {
		t.put(in, e, &r.series[i], at, encoding.Float(rate))
	}
	t.put(in, e, &r.series[len(windows)], at, encoding.Float(r.mean()))
}

func windowTag(i int) string {
	if i < len(windows) {
		return windows[i].tag
	}
	return "mean"
}

// observe takes the next point and tells whether there are rates now.
func (r *rates) observe(v float64, start, at time.Time, delta bool) bool {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return false
	}
	if r.until.IsZero() || !delta && (v < r.value || start.After(r.until)) {
		r.begin(v, start, at)
	}
	took := at.Sub(r.until)
	if took <= 0 {
		return r.until.After(r.began)
	}
	growth := v
	if !delta {
		growth -= r.value
	}
	for i, w := range windows {
		r.recent[i] += r.weight(took, w.over) * (growth/took.Seconds() - r.recent[i])
	}
	r.value, r.until, r.total = v, at, r.total+growth
	return true
}

// begin starts anew: the counter is new, or it was reset. Where it does not say
// since when it counts, the next point gives the first rate.
func (r *rates) begin(v float64, start, at time.Time) {
	*r = rates{series: r.series, began: start, until: start}
	if start.IsZero() {
		r.began, r.until, r.value = at, at, v
	}
}

// weight is what the newest interval counts for: all, if it is the first; else
// the more the longer it is, so that uneven intervals give the same as even ones.
func (r *rates) weight(took, over time.Duration) float64 {
	if !r.until.After(r.began) {
		return 1
	}
	return -math.Expm1(-took.Seconds() / over.Seconds())
}

func (r *rates) mean() float64 { return r.total / r.until.Sub(r.began).Seconds() }
