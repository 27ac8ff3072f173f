package histogram

import "math"

// Buckets is a histogram: counts between bounds, the last bucket without a bound
// above.
type Buckets struct {
	// Bounds are the upper bounds, in ascending order.
	Bounds []float64
	// Counts has one for each bound, and one more or not.
	Counts []uint64
	// Total counts the values.
	Total uint64
}

// Exponential is a histogram whose bounds are powers of base = 2^(2^-Scale).
type Exponential struct {
	Scale int32
	// ZeroCount counts the values of at most ZeroThreshold, whatever their sign.
	ZeroCount     uint64
	ZeroThreshold float64
	// Positive and Negative are the buckets on either side of zero.
	Positive, Negative Side
	// Total counts the values.
	Total uint64
}

// A Side is buckets in the order of their distance from zero: number i lies
// between base^(Offset+i) and base^(Offset+i+1).
type Side struct {
	Offset int32
	Counts []uint64
}

// An Extreme is the least or the greatest value of a histogram, if it is known.
type Extreme struct {
	Value float64
	Known bool
}

// edges returns the bounds of bucket i, narrowed to where its values can be.
func (b Buckets) edges(i int, least, greatest Extreme) (from, to float64) {
	from, to = math.Inf(-1), math.Inf(1)
	if i > 0 && i <= len(b.Bounds) {
		from = b.Bounds[i-1]
	}
	if i < len(b.Bounds) {
		to = b.Bounds[i]
	}
	from, to = within(from, least, greatest), within(to, least, greatest)
	switch {
	case math.IsInf(from, -1) && math.IsInf(to, 1):
		return 0, 0
	case math.IsInf(from, -1):
		return min(0, to), to // values are seldom below zero
	case math.IsInf(to, 1):
		return from, from
	}
	return from, to
}

func within(v float64, least, greatest Extreme) float64 {
	if least.Known {
		v = max(v, least.Value)
	}
	if greatest.Known {
		v = min(v, greatest.Value)
	}
	return v
}
