package apptuit

import (
	"math"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const (
	// maxBuckets bounds what one exponential histogram is sent as, +Inf included.
	maxBuckets = 160
	// maxScale is the finest scale there is. A finer one is merged to it.
	maxScale = 20
)

// exponentialBuckets is an exponential histogram as explicit bounds and counts,
// in ascending order. It is made for one data point after another.
type exponentialBuckets struct {
	bounds []float64
	counts []uint64
}

// setExponential lists the buckets of dp: the negative ones, the zero bucket,
// the lower edge of the positive ones, so that a quantile in the first of them
// is not taken to start at zero, and the positive ones. Where they are more than
// maxBuckets, neighbours are merged as a lower scale has them.
func setExponential[N int64 | float64](b *exponentialBuckets, dp *metricdata.ExponentialHistogramDataPoint[N]) {
	b.bounds, b.counts = b.bounds[:0], b.counts[:0]
	pos, neg := &dp.PositiveBucket, &dp.NegativeBucket
	shift := max(mergeShift(pos, neg), uint(max(0, int64(dp.Scale)-maxScale)))
	scale := int64(dp.Scale) - int64(shift)
	for i := len(neg.Counts) - 1; i >= 0; i-- {
		index := (int64(neg.Offset) + int64(i)) >> shift
		b.add(-exponentialBound(index, scale), neg.Counts[i])
	}
	if dp.ZeroCount > 0 || len(neg.Counts) > 0 {
		b.add(dp.ZeroThreshold, dp.ZeroCount)
	}
	for i, count := range pos.Counts {
		index := (int64(pos.Offset) + int64(i)) >> shift
		if i == 0 {
			b.add(exponentialBound(index, scale), 0)
		}
		b.add(exponentialBound(index+1, scale), count)
	}
}

// add appends a bucket, or adds to the last one where the bound does not rise:
// merged neighbours share a bound, and extreme ones round to the same.
func (b *exponentialBuckets) add(bound float64, count uint64) {
	if math.IsInf(bound, 1) {
		return // counted by the +Inf bucket, which holds all
	}
	if n := len(b.bounds); n > 0 && bound <= b.bounds[n-1] {
		b.counts[n-1] += count
		return
	}
	b.bounds = append(b.bounds, bound)
	b.counts = append(b.counts, count)
}

// mergeShift returns by how much the scale must go down for the buckets to fit.
func mergeShift(pos, neg *metricdata.ExponentialBucket) uint {
	const others = 3 // zero, the lower edge, +Inf
	shift := uint(0)
	for merged(pos, shift)+merged(neg, shift)+others > maxBuckets {
		shift++
	}
	return shift
}

// merged returns how many buckets remain of b when the scale is lowered.
func merged(b *metricdata.ExponentialBucket, shift uint) int64 {
	n := int64(len(b.Counts))
	if n == 0 {
		return 0
	}
	first := int64(b.Offset)
	return (first+n-1)>>shift - first>>shift + 1
}

// exponentialBound returns base^index for base = 2^(2^-scale), and a scale of at
// most maxScale. The same bound is the same float at every scale, so that a lower
// scale keeps its series.
func exponentialBound(index, scale int64) float64 {
	if scale <= 0 {
		return math.Ldexp(1, int(clampExponent(clampExponent(index)<<min(-scale, 12))))
	}
	fraction := index & (1<<scale - 1)
	return math.Ldexp(math.Exp2(math.Ldexp(float64(fraction), -int(scale))), int(clampExponent(index>>scale)))
}

// clampExponent keeps an exponent of 2 where Ldexp gives 0 or +Inf beyond, on
// every platform.
func clampExponent(exp int64) int64 { return max(-2000, min(exp, 2000)) }
