package histogram

import "math"

// Deviation estimates the standard deviation of the values around their mean, as
// of a sample. Each value is taken to be the one in its bucket from which no other
// is further away than by the share (b-1)/(b+1), where b is the upper bound over
// the lower one. So, as the deviation is a norm, it is wrong by at most that share
// of the root of the mean square: by 4.4 % for exponential buckets of scale 3, of
// which 160 hold values up to a million times as large as others, and by 0.6 % at
// scale 6. known is false where there is no value, or the numbers are too large.
func (b Buckets) Deviation(mean float64, least, greatest Extreme) (deviation float64, known bool) {
	n, squares := uint64(0), 0.0
	for i, count := range b.Counts {
		if count == 0 {
			continue
		}
		from, to := b.edges(i, least, greatest)
		off := middle(from, to) - mean
		n += count
		squares += float64(count) * off * off
	}
	if n < 2 {
		return 0, n == 1
	}
	deviation = math.Sqrt(squares / float64(n-1))
	return deviation, !math.IsNaN(deviation) && !math.IsInf(deviation, 0)
}

// middle returns the value that is as far from both edges, by its own measure; of
// edges that zero lies between, their mean.
func middle(from, to float64) float64 {
	if from == to || from*to <= 0 {
		return from/2 + to/2
	}
	return 2 * to / (1 + to/from)
}
