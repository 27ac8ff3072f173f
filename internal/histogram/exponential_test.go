package histogram

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// exponentialOf counts values into a histogram of the given scale.
func exponentialOf(scale int32, values []float64) *Exponential {
	e := &Exponential{Scale: scale, Total: uint64(len(values))}
	var pos, neg []float64
	for _, v := range values {
		switch {
		case v > 0:
			pos = append(pos, v)
		case v < 0:
			neg = append(neg, -v)
		default:
			e.ZeroCount++
		}
	}
	e.Positive, e.Negative = sideOf(scale, pos), sideOf(scale, neg)
	return e
}

func sideOf(scale int32, magnitudes []float64) Side {
	if len(magnitudes) == 0 {
		return Side{}
	}
	index := func(v float64) int32 {
		return int32(math.Ceil(math.Ldexp(math.Log2(v), int(scale)))) - 1
	}
	lo, hi := index(slices.Min(magnitudes)), index(slices.Max(magnitudes))
	b := Side{Offset: lo, Counts: make([]uint64, hi-lo+1)}
	for _, v := range magnitudes {
		b.Counts[index(v)-lo]++
	}
	return b
}

// Whatever the values and the scale: bounds rise, there are at most 160, and
// the cumulative count at each is the number of values at or below it.
func TestExponentialBucketsCountValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		values := make([]float64, 1+r.IntN(300))
		spread := r.Float64() * 30
		for i := range values {
			values[i] = math.Exp((r.Float64()-0.5)*spread) * []float64{-1, 0, 1, 1}[r.IntN(4)]
		}
		e := exponentialOf(int32(r.IntN(10)-3), values)
		b := new(Converter).Explicit(e)
		if len(b.Bounds)+1 > maxBuckets || !slices.IsSorted(b.Bounds) || len(b.Bounds) != len(b.Counts) {
			t.Fatalf("%d bounds, %d counts, sorted %t", len(b.Bounds), len(b.Counts), slices.IsSorted(b.Bounds))
		}
		below := uint64(0)
		for i, bound := range b.Bounds {
			below += b.Counts[i]
			if want := countBelow(values, bound); below != want {
				t.Fatalf("scale %d, le %g: %d values, want %d", e.Scale, bound, below, want)
			}
		}
		if below != e.Total {
			t.Fatalf("%d values in buckets, want %d", below, e.Total)
		}
	}
}

// countBelow allows for the rounding of a bound in its last bits.
func countBelow(values []float64, bound float64) (n uint64) {
	for _, v := range values {
		if v <= bound+math.Abs(bound)*1e-12 {
			n++
		}
	}
	return n
}

// A lower scale keeps every bound that it shares with a higher one, to the bit,
// so that its series go on.
func TestExponentialBoundIsTheSameAtEachScale(t *testing.T) {
	for scale := int64(-3); scale < 20; scale++ {
		for _, index := range []int64{-300, -7, -1, 0, 1, 2, 5, 1000} {
			if lo, hi := bound(index, scale), bound(2*index, scale+1); lo != hi {
				t.Errorf("scale %d, index %d: %g and %g", scale, index, lo, hi)
			}
		}
	}
}

func TestExponentialExtremes(t *testing.T) {
	for _, scale := range []int32{-10, 20} {
		for _, offset := range []int32{math.MinInt32, math.MaxInt32 - 319} {
			b := new(Converter).Explicit(&Exponential{
				Scale: scale, Positive: Side{Offset: offset, Counts: make([]uint64, 320)},
			})
			if len(b.Bounds)+1 > maxBuckets || !slices.IsSorted(b.Bounds) {
				t.Errorf("scale %d, offset %d: %d bounds", scale, offset, len(b.Bounds))
			}
			for _, bound := range b.Bounds {
				if math.IsInf(bound, 0) || math.IsNaN(bound) {
					t.Errorf("scale %d, offset %d: bound %g", scale, offset, bound)
				}
			}
		}
	}
}

// The bounds of the extremes are what they are by the definition: base^index.
func TestExponentialBoundExtremes(t *testing.T) {
	for _, tt := range []struct {
		scale, offset int32
		want          []float64 // the positive bounds
	}{
		{math.MinInt32, 0, []float64{1}},
		{math.MinInt32, -1, []float64{0, 1}},
		{-40, 0, []float64{1}},
		{-11, -1, []float64{0, 1}},
		{0, math.MaxInt32, nil},
		{-32, math.MaxInt32, nil},
		{0, math.MinInt32, []float64{0}},
		{math.MaxInt32, 0, []float64{1, math.Exp2(math.Ldexp(1, -20))}},
		{40, 1 << 30, []float64{math.Exp2(math.Ldexp(1, -10)), math.Exp2(math.Ldexp(1025, -20))}},
	} {
		e := &Exponential{Scale: tt.scale, Positive: Side{Offset: tt.offset, Counts: []uint64{1}}}
		if b := new(Converter).Explicit(e); !slices.Equal(b.Bounds, tt.want) {
			t.Errorf("scale %d, offset %d: %v, want %v", tt.scale, tt.offset, b.Bounds, tt.want)
		}
	}
}
