package answer

import (
	"math"
	"time"
)

// A TimeRange holds the milliseconds from first to last, both included.
type TimeRange struct{ First, Last int64 }

// Always holds every time.
var Always = TimeRange{math.MinInt64, math.MaxInt64}

// RangeOf rounds inwards: the points of whole milliseconds that belong to start
// to end. A zero end leaves the end to the server, whose clock it is.
func RangeOf(start, end time.Time) TimeRange {
	r := TimeRange{First: start.UnixMilli(), Last: math.MaxInt64}
	if time.UnixMilli(r.First).Before(start) {
		r.First++
	}
	if !end.IsZero() {
		r.Last = end.UnixMilli()
	}
	return r
}

func (r TimeRange) Holds(ms int64) bool { return ms >= r.First && ms <= r.Last }
