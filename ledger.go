package apptuit

import (
	"fmt"
	"maps"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/observ"
)

// A ledger counts what became of points: each that came in is stored, dropped for
// a reason, or still held, at any moment. sender.mu guards it.
type ledger struct {
	stats    Stats
	observ   *observ.Exporter // nil without a MeterProvider
	measures []func()         // calls of observ, to be made without the lock: its instruments are foreign code

	full     bool // the queue was full and has not been empty since
	fullLost int  // points that went since because of it, and no export returned
}

func (l *ledger) measure(f func(*observ.Exporter)) {
	if o := l.observ; o != nil {
		l.measures = append(l.measures, func() { f(o) })
	}
}

// takeMeasures returns the calls of observ that were not made yet.
func (l *ledger) takeMeasures() []func() {
	measures := l.measures
	l.measures = nil
	return measures
}

func (l *ledger) accept(points int) {
	l.measure(func(o *observ.Exporter) { o.Accepted(points) })
}

func (l *ledger) drop(reason encoding.Reason, points int) {
	if l.stats.Dropped == nil {
		l.stats.Dropped = map[encoding.Reason]uint64{}
	}
	l.stats.Dropped[reason] += uint64(points)
	l.measure(func(o *observ.Exporter) { o.Dropped(string(reason), points) })
}

// attempt counts a request; passed tells whether the store took something.
func (l *ledger) attempt(a observ.Attempt, passed bool) {
	l.measure(func(o *observ.Exporter) { o.Attempted(a) })
	l.stats.Failures++
	if passed {
		l.stats.LastSuccess, l.stats.Failures = time.Now(), 0
	}
}

// count takes what became of the points of d since it was last called into the
// figures.
func (l *ledger) count(d *item) {
	if d.Left() == d.left {
		return // nothing became of any
	}
	all := d.Report(nil)
	fresh := since(all, &d.counted)
	d.counted, d.left = *all, d.Left()
	l.stats.Sent += uint64(fresh.Stored)
	l.measure(func(o *observ.Exporter) { o.Stored(fresh.Stored) })
	for reason, n := range fresh.Dropped {
		l.drop(reason, n)
	}
}

// overflow counts what the full queue costs; begins tells that it was not full
// before. returned: an export returns it.
func (l *ledger) overflow(points int, returned bool) (begins bool) {
	begins = !l.full
	l.full = true
	if !returned {
		l.fullLost += points
	}
	return begins
}

// refill returns what is to be told when the queue is empty again; nil where it
// was not full.
func (l *ledger) refill(endpoint string) error {
	if !l.full {
		return nil
	}
	ended := &delivery.Report{Err: fmt.Errorf("%s: the queue was full and is empty again", endpoint)}
	if l.fullLost > 0 {
		ended.Dropped = map[encoding.Reason]int{ErrQueueFull: l.fullLost}
	}
	l.full, l.fullLost = false, 0
	return ended
}

func (l *ledger) snapshot() Stats {
	s := l.stats
	s.Dropped = maps.Clone(s.Dropped)
	return s
}
