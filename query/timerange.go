package query

import (
	"math"
	"time"
)

// A timeRange holds the milliseconds from first to last, both included.
type timeRange struct{ first, last int64 }

var always = timeRange{math.MinInt64, math.MaxInt64}

// rangeOf rounds inwards: the points of whole milliseconds that belong to start
// to end. A zero end leaves the end to the server, whose clock it is.
func rangeOf(start, end time.Time) timeRange {
	r := timeRange{first: start.UnixMilli(), last: math.MaxInt64}
	if time.UnixMilli(r.first).Before(start) {
		r.first++
	}
	if !end.IsZero() {
		r.last = end.UnixMilli()
	}
	return r
}

func (r timeRange) holds(ms int64) bool { return ms >= r.first && ms <= r.last }
