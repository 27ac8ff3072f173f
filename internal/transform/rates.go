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

// quietWindows is after how many windows without growth a rate is 0: what came
// before weighs less than the last bit of a float64.
const quietWindows = 37

// leastKnown is for how long growth is to be known before there are rates. A rate of
// less would be what a second was not seen to bring: one event in a millisecond is no
// thousand per second. Nothing is lost by it, for what came in that time is in all
// rates after it. So no rate is above the number of all that was counted.
const leastKnown = time.Second

// rates is how fast a counter grows, per second. Between two points it is taken to
// grow evenly. The rate of a window is the mean of all that is known, from began to
// until, in which what is older counts for less: for 1/e with each window that has
// passed. So the first interval weighs by its length, as any other does.
type rates struct {
	series [len(windows) + 1]encoding.Series // the last is the mean

	began time.Time // since when the growth is known; zero before the first point
	until time.Time // up to when
	value amount    // at that time, of a cumulative counter

	growth float64       // since began
	ahead  float64       // came with a point that is not after until; it counts with the next
	quiet  time.Duration // since it last grew
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

// windowTag names the rate i.
func windowTag(i int) string {
	if i < len(windows) {
		return windows[i].tag
	}
	return "mean"
}

// putRates emits the rates of a counter that has the value v, counted since start.
func (t *Transformer) putRates(src source, v amount, start time.Time) {
	at, r := t.timeOf(src.at), t.maker.ratesOf(src)
	if !v.finite() {
		return
	}
	known, before := false, t.cfg.before(src.in)
	if src.in.delta {
		known = r.add(&t.intervals, v, start, at, before)
	} else {
		known = r.advance(&t.intervals, v, start, at, before)
	}
	if known {
		t.emitRates(src, at)
	}
}

// ratesOf finds or makes the rates of an entry.
func (m *maker) ratesOf(src source) *rates {
	e := src.e
	if e.rates == nil {
		e.rates = &rates{}
		for i := range e.rates.series {
			e.rates.series[i] = m.rateSeries(src.in, e, i)
		}
	}
	return e.rates
}

func (t *Transformer) emitRates(src source, at time.Time) {
	r := src.e.rates
	if r.until.Sub(r.began) < leastKnown {
		return
	}
	t.lives.of(r.until.Sub(r.began))
	for i := range r.recent {
		t.put(src.in, src.e, &r.series[i], at, encoding.Float(r.rate(&t.lives, i)))
	}
	t.put(src.in, src.e, &r.series[len(windows)], at, encoding.Float(r.mean()))
}

// before returns when an instrument surely had none of the series that are new now:
// at the collection before. It is zero where there was none, where a collection
// does not have all of its resource's series, and where some were forgotten.
func (c *Config) before(in *instrument) time.Time {
	if !c.Complete || in.forgot || in.scope.forgot || in.scope.origin.forgot {
		return time.Time{}
	}
	return in.scope.origin.before
}

// advance takes the next value of a cumulative counter, and tells whether there are
// rates now. A value that fell, or a start after the last point, is that of a
// counter that began anew, at 0. Of the first value nobody knows when it was
// counted, unless the collection before did not have it.
func (r *rates) advance(w *weights, v amount, start, at, before time.Time) bool {
	growth := v.over(r.value)
	switch {
	case r.began.IsZero():
		if !r.begin(time.Time{}, start, at, before) {
			r.value = v
			return false
		}
		growth = v.float()
	case growth < 0 || start.After(r.until):
		growth = v.float()
	}
	r.value = v
	return r.grow(w, growth, at)
}

// add takes the next change of a counter, and tells whether there are rates now.
// Between two changes it stood still.
func (r *rates) add(w *weights, change amount, start, at, before time.Time) bool {
	if r.began.IsZero() && !r.begin(start, start, at, before) {
		return false
	}
	if start.After(r.until) && start.Before(at) {
		r.grow(w, 0, start)
	}
	return r.grow(w, change.float(), at)
}

// begin sets since when the growth is known: since the time known, where it is one;
// else since the start or the collection before, whichever is later; or not before
// now.
func (r *rates) begin(known, start, at, before time.Time) bool {
	since := known
	if since.IsZero() {
		since = before
		if !since.IsZero() && start.After(since) {
			since = start
		}
	}
	if since.IsZero() || !since.Before(at) {
		r.began, r.until = at, at
		return false
	}
	r.began, r.until = since, since
	return true
}

// grow takes what was counted up to a time, and tells whether time has passed.
func (r *rates) grow(w *weights, growth float64, to time.Time) bool {
	if !(growth > 0) || math.IsInf(growth, 0) {
		growth = 0
	}
	took := to.Sub(r.until)
	if took <= 0 {
		r.ahead += growth
		return false
	}
	growth += r.ahead
	r.ahead, r.until, r.growth = 0, to, r.growth+growth
	if r.quiet += took; growth > 0 {
		r.quiet = 0
	}
	perSecond := growth / took.Seconds()
	w.of(took)
	for i := range r.recent {
		r.recent[i] += w.each[i] * (perSecond - r.recent[i])
		if r.quiet > quietWindows*windows[i].over {
			r.recent[i] = 0
		}
	}
	return true
}

// rate returns that of a window. lives has the weight of all that is known.
func (r *rates) rate(lives *weights, i int) float64 { return r.recent[i] / lives.each[i] }

// mean returns the rate since began.
func (r *rates) mean() float64 { return r.growth / r.until.Sub(r.began).Seconds() }

// weights are what a time up to now counts for in each window, of 1 for all time.
// They are kept: most series have the same.
type weights struct {
	took time.Duration
	each [len(windows)]float64
}

func (w *weights) of(took time.Duration) {
	if w.took == took {
		return
	}
	w.took = took
	for i := range w.each {
		w.each[i] = -math.Expm1(-took.Seconds() / windows[i].over.Seconds())
	}
}
