package histogram

import "math"

// Deviation estimates the standard deviation of the values around their mean, as
// of a sample. Each value is taken to be the one of its bucket from which no other
// is further away than by the share (base-1)/(base+1) of itself. As the deviation is
// a norm, it is wrong by at most that share of the root of the mean square: by 4.4
// % at scale 3, at which 160 buckets hold values up to a million times as large as
// others, and by 0.6 % at scale 6. known is false where there is no value, or the
// numbers are too large.
func (e *Exponential) Deviation(mean float64) (deviation float64, known bool) {
	n, squares := e.ZeroCount, float64(e.ZeroCount)*mean*mean
	for _, side := range []struct {
		*Side
		sign float64
	}{{&e.Negative, -1}, {&e.Positive, 1}} {
		for i, count := range side.Counts {
			if count == 0 {
				continue
			}
			off := side.sign*e.middle(int64(side.Offset)+int64(i)) - mean
			n += count
			squares += float64(count) * off * off
		}
	}
	if n < 2 {
		return 0, n == 1
	}
	deviation = math.Sqrt(squares / float64(n-1))
	return deviation, !math.IsNaN(deviation) && !math.IsInf(deviation, 0)
}

// middle returns the value that is as far from both bounds of a bucket, as a share
// of each.
func (e *Exponential) middle(index int64) float64 {
	scale := -int(max(-2000, min(e.Scale, 2000)))
	base := math.Exp2(math.Ldexp(1, scale))
	return math.Exp2(math.Ldexp(float64(index), scale)) * (2 / (1 + 1/base))
}
