package sender

import (
	"fmt"
	"maps"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
)

// Stats is what a sender did since it was made, and what it holds.
type Stats struct {
	Sent        uint64                     // points that the store took
	Dropped     map[encoding.Reason]uint64 // points that were given up
	LastSuccess time.Time                  // when the store last took points; zero for never
	Failures    int                        // attempts in a row, since then, in which it took nothing

	QueuedBatches int
	QueuedPoints  int
	QueuedBytes   int64
}

// Measures counts for the exporter's own metrics. Its methods may be foreign code.
type Measures interface {
	// Accepted counts points that came in.
	Accepted(points int)
	// Stored counts points that the store took.
	Stored(points int)
	// Dropped counts points that were given up.
	Dropped(reason string, points int)
	// Attempted counts a request: how long it took, the status of its answer or 0,
	// the bytes of its body, what kind of error it ended with or none, and whether
	// its batch has to be sent again.
	Attempted(took time.Duration, status, bytes int, failure string, again bool)
}

// A ledger counts what became of points: each that came in is stored, dropped for
// a reason, or still held, at any moment.
type ledger struct {
	stats    Stats
	measures Measures // nil for none
	out      *outbox

	full     bool // the queue was full and has not been empty since
	fullLost int  // points that went since because of it, and no export returned
}

func (l *ledger) measure(f func(Measures)) {
	if m := l.measures; m != nil {
		l.out.measures = append(l.out.measures, func() { f(m) })
	}
}

func (l *ledger) accept(points int) { l.measure(func(m Measures) { m.Accepted(points) }) }

func (l *ledger) drop(reason encoding.Reason, points int) {
	if l.stats.Dropped == nil {
		l.stats.Dropped = map[encoding.Reason]uint64{}
	}
	l.stats.Dropped[reason] += uint64(points)
	l.measure(func(m Measures) { m.Dropped(string(reason), points) })
}

// attempt counts a request; passed tells whether the store took something.
func (l *ledger) attempt(measure func(Measures), passed bool) {
	l.measure(measure)
	l.stats.Failures++
	if passed {
		l.stats.LastSuccess, l.stats.Failures = time.Now(), 0
	}
}

// count takes what became of the points of i since it was last called into the
// figures.
func (l *ledger) count(i *item) {
	if i.Left() == i.left {
		return // nothing became of any
	}
	all := i.Report(nil)
	fresh := since(all, &i.counted)
	i.counted, i.left = *all, i.Left()
	l.stats.Sent += uint64(fresh.Stored)
	l.measure(func(m Measures) { m.Stored(fresh.Stored) })
	for reason, n := range fresh.Dropped {
		l.drop(reason, n)
	}
}

// overflow counts what the full queue costs, and reports it once. returned: an
// export returns it.
func (l *ledger) overflow(endpoint string, points int, returned bool) {
	if !l.full {
		l.full = true
		l.out.tell(fmt.Errorf("apptuit: %s: the queue is full, the oldest points are dropped from now on: %w", endpoint, ErrQueueFull))
	}
	if !returned {
		l.fullLost += points
	}
}

// refill reports that the queue is empty again, where it was full.
func (l *ledger) refill(endpoint string) {
	if !l.full {
		return
	}
	ended := &delivery.Report{Err: fmt.Errorf("%s: the queue was full and is empty again", endpoint)}
	if l.fullLost > 0 {
		ended.Dropped = map[encoding.Reason]int{ErrQueueFull: l.fullLost}
	}
	l.full, l.fullLost = false, 0
	l.out.tell(ended)
}

func (l *ledger) snapshot() Stats {
	s := l.stats
	s.Dropped = maps.Clone(s.Dropped)
	return s
}

func lost(reason encoding.Reason, points int, cause error) *delivery.Report {
	return &delivery.Report{Dropped: map[encoding.Reason]int{reason: points}, Err: cause}
}

// since returns what a report of the same points says beyond an earlier one.
func since(report, earlier *delivery.Report) delivery.Report {
	fresh := *report
	fresh.Stored -= earlier.Stored
	fresh.Rejected = report.Rejected[len(earlier.Rejected):]
	fresh.Dropped = maps.Clone(report.Dropped)
	for reason, n := range earlier.Dropped {
		fresh.Dropped[reason] -= n
	}
	maps.DeleteFunc(fresh.Dropped, func(_ encoding.Reason, n int) bool { return n == 0 })
	return fresh
}
