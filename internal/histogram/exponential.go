package histogram

import "math"

const (
	// maxBuckets bounds what one exponential histogram is sent as, +Inf included.
	maxBuckets = 160
	// maxScale is the finest scale there is. A finer one is merged to it.
	maxScale = 20
	// minScale is the lowest that tells anything: one bucket holds all floats above 1.
	minScale = -11
)

// A Converter writes exponential histograms as explicit buckets, one after
// another in the same memory. The zero Converter is ready for use.
type Converter struct {
	bounds []float64
	counts []uint64
}

// Explicit lists the buckets of e in ascending order: the negative ones, the zero
// bucket, the lower edge of the positive ones, so that a quantile in the first of
// them is not taken to start at zero, and the positive ones. Where they are more
// than maxBuckets, neighbours are merged as a lower scale has them. They are valid
// until the next call.
func (c *Converter) Explicit(e *Exponential) Buckets {
	c.bounds, c.counts = c.bounds[:0], c.counts[:0]
	shift := max(mergeShift(&e.Positive, &e.Negative), uint(max(0, int64(e.Scale)-maxScale)))
	scale := int64(e.Scale) - int64(shift)
	c.addNegative(&e.Negative, scale, shift)
	if e.ZeroCount > 0 || len(e.Negative.Counts) > 0 {
		c.add(e.threshold(), e.ZeroCount)
	}
	c.addPositive(&e.Positive, scale, shift)
	return Buckets{Bounds: c.bounds, Counts: c.counts, Total: e.Total}
}

// threshold returns the zero threshold, or zero for what is none.
func (e *Exponential) threshold() float64 {
	if e.ZeroThreshold >= 0 {
		return e.ZeroThreshold
	}
	return 0
}

func (c *Converter) addNegative(s *Side, scale int64, shift uint) {
	for i := len(s.Counts) - 1; i >= 0; i-- {
		index := (int64(s.Offset) + int64(i)) >> shift
		c.add(-bound(index, scale), s.Counts[i])
	}
}

func (c *Converter) addPositive(s *Side, scale int64, shift uint) {
	for i, count := range s.Counts {
		index := (int64(s.Offset) + int64(i)) >> shift
		if i == 0 {
			c.add(bound(index, scale), 0)
		}
		c.add(bound(index+1, scale), count)
	}
}

// add appends a bucket, or adds to the last one where the bound does not rise:
// merged neighbours share a bound, and extreme ones round to the same.
func (c *Converter) add(bound float64, count uint64) {
	if math.IsInf(bound, 1) {
		return // counted by the +Inf bucket, which holds all
	}
	if n := len(c.bounds); n > 0 && bound <= c.bounds[n-1] {
		c.counts[n-1] += count
		return
	}
	c.bounds = append(c.bounds, bound)
	c.counts = append(c.counts, count)
}

// mergeShift returns by how much the scale must go down for the buckets to fit.
func mergeShift(positive, negative *Side) uint {
	const others = 3 // zero, the lower edge, +Inf
	shift := uint(0)
	for merged(positive, shift)+merged(negative, shift)+others > maxBuckets {
		shift++
	}
	return shift
}

// merged returns how many buckets remain of s when the scale is lowered.
func merged(s *Side, shift uint) int64 {
	n := int64(len(s.Counts))
	if n == 0 {
		return 0
	}
	first := int64(s.Offset)
	return (first+n-1)>>shift - first>>shift + 1
}

// bound returns base^index for base = 2^(2^-scale), and a scale of at
// most maxScale. The same bound is the same float at every scale, so that a lower
// scale keeps its series.
func bound(index, scale int64) float64 {
	if scale <= 0 {
		return math.Ldexp(1, int(clampExponent(clampExponent(index)<<min(-scale, 12))))
	}
	fraction := index & (1<<scale - 1)
	return math.Ldexp(math.Exp2(math.Ldexp(float64(fraction), -int(scale))), int(clampExponent(index>>scale)))
}

// clampExponent keeps an exponent of 2 where Ldexp gives 0 or +Inf beyond, on
// every platform.
func clampExponent(exp int64) int64 { return max(-2000, min(exp, 2000)) }
