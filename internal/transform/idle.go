package transform

import (
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A reader that collects changes leaves out what did not change. What is sent of
// such an instrument as a total, or as a rate, is sent all the same, for as long as
// its resource is collected: so a series that stays can be told from one that is
// gone.

// maxStreams bounds the readers of an instrument.
const maxStreams = 8

// streams tells apart the readers that bring the changes of one instrument: each
// brings all of them, and the next begins where the last one of that reader ended.
type streams struct {
	untils []time.Time // of each
	latest int         // which came last
}

// of returns the stream of changes from start up to a time.
func (s *streams) of(start, until time.Time) int {
	best := -1
	for i, u := range s.untils {
		if !u.After(start) && (best < 0 || u.After(s.untils[best])) {
			best = i
		}
	}
	if best < 0 && len(s.untils) < maxStreams {
		best, s.untils = len(s.untils), append(s.untils, until)
	}
	s.latest = max(best, 0)
	s.untils[s.latest] = until
	return s.latest
}

// instrument finds or makes the instrument of a metric whose first point is from
// start up to a time.
func (t *Transformer) instrument(sc *scope, m *metricdata.Metrics, k kind, temporality metricdata.Temporality, start, at time.Time) *instrument {
	sc.origin.sees(at)
	if temporality != metricdata.DeltaTemporality {
		in := t.cache.instrument(sc, m, k, 0)
		in.delta, in.placed = false, false
		return in
	}
	stream := 0
	if t.cfg.Complete && !start.IsZero() {
		stream = sc.streamsOf(instrumentKey{m.Name, m.Unit, k, 0}).of(start, at)
	}
	in := t.cache.instrument(sc, m, k, stream)
	in.delta, in.placed = true, !t.cfg.Repeats && !t.cfg.adds(k)
	if !in.idles && t.cfg.Complete && (t.cfg.adds(k) || in.rated) {
		in.idles = true
		sc.origin.deltas = append(sc.origin.deltas, in)
	}
	return in
}

// adds reports whether the changes of a kind are added up.
func (c *Config) adds(k kind) bool {
	return c.Summary && c.Accumulate && (k == kindHistogram || k == kindExponential)
}

func (sc *scope) streamsOf(key instrumentKey) *streams {
	s := sc.streams[key]
	if s == nil {
		s = &streams{}
		sc.streams[key] = s
	}
	return s
}

// putIdle emits what a collection did not have.
func (t *Transformer) putIdle(o *origin) {
	at := o.at
	if at.IsZero() {
		at = t.now
	}
	for _, in := range o.deltas {
		if in.scope.latest(in) {
			t.putIdleOf(in, at)
		}
		in.lastSeen, in.scope.lastSeen = t.now, t.now
	}
}

// latest reports whether an instrument is that of the reader that came last.
func (sc *scope) latest(in *instrument) bool {
	key := in.instrumentKey
	key.stream = 0
	return sc.streamsOf(key).latest == in.stream
}

func (t *Transformer) putIdleOf(in *instrument, at time.Time) {
	if in.collection != t.cache.collection {
		in.round++
		t.cache.endRound(in)
	}
	for _, a := range in.absent {
		if !a.over() && a.refused == nil {
			t.putIdleEntry(source{in, a.entry, at})
		}
	}
}

func (t *Transformer) putIdleEntry(src source) {
	e := src.e
	if d := e.dist; d != nil && d.past != nil {
		total := d.past.total(src.in.kind == kindExponential)
		if t.cfg.Buckets {
			t.putBuckets(src, total.explicit(&t.converter))
		}
		t.putTotal(src, &total)
	}
	if r := e.rates; r != nil && !r.began.IsZero() && r.grow(&t.intervals, 0, src.at) {
		t.emitRates(src, src.at)
	}
}
