package process

import (
	"math"
	"testing"
)

func TestNoValueIsBelowZero(t *testing.T) {
	var r reading
	r.set(swaps, absent)
	r.set(signals, math.MinInt64)
	r.set(threads, 0)
	if r.known[swaps] || r.known[signals] || !r.known[threads] {
		t.Errorf("known: %v", r.known)
	}
}

func TestTimes(t *testing.T) {
	for _, c := range []struct{ v, unit, want int64 }{
		{0, 1024, 0},
		{3, 1024, 3072},
		{-1, 1024, absent},
		{math.MaxInt64, 1, math.MaxInt64},
		{math.MaxInt64 / 1024, 1024, math.MaxInt64 - 1023},
		{math.MaxInt64/1024 + 1, 1024, absent},
		{math.MaxInt64, 10_000_000, absent},
	} {
		if got := times(c.v, c.unit); got != c.want {
			t.Errorf("%d times %d is %d, want %d", c.v, c.unit, got, c.want)
		}
	}
}
