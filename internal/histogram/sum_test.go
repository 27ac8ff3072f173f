package histogram

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// valuesOf draws values of either sign, and zeros.
func valuesOf(r *rand.Rand) []float64 {
	values := make([]float64, r.IntN(100))
	spread := r.Float64() * 30
	for i := range values {
		values[i] = math.Exp((r.Float64()-0.5)*spread) * []float64{-1, 0, 1, 1}[r.IntN(4)]
	}
	return values
}

// Whatever the scales are, a sum counts what all its parts together have up to each
// bound, and a difference what was added between.
func TestSumsAndDifferencesCountValues(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		var sum, before, between Sum
		var all, last []float64
		for range 1 + r.IntN(6) {
			before.Set(sum.Exponential())
			last = valuesOf(r)
			all = append(all, last...)
			sum.Add(exponentialOf(int32(r.IntN(12)-3), last))
		}
		wantCounts(t, sum.Exponential(), all)
		between.Set(sum.Exponential())
		if !between.Subtract(&before) {
			t.Fatal("a sum is not more than a part of it")
		}
		wantCounts(t, between.Exponential(), last)
		if n := len(between.Exponential().Positive.Counts); n > maxBuckets {
			t.Fatalf("%d buckets", n)
		}
		if more := (&Sum{}); len(last) > 0 {
			more.Set(before.Exponential())
			if more.Subtract(&sum) {
				t.Fatal("a part is more than the whole")
			}
		}
	}
}

// wantCounts wants the number of values up to each bound.
func wantCounts(t *testing.T, e *Exponential, values []float64) {
	t.Helper()
	b := new(Converter).Explicit(e)
	below := uint64(0)
	for i, bound := range b.Bounds {
		below += b.Counts[i]
		if want := countBelow(values, bound); below != want {
			t.Fatalf("scale %d, le %g: %d values, want %d", e.Scale, bound, below, want)
		}
	}
	if below != uint64(len(values)) || e.Total != below {
		t.Fatalf("%d values in buckets, %d in all, want %d", below, e.Total, len(values))
	}
}

// A count that fell tells of a beginning, though the total rose.
func TestADifferenceThatCannotBe(t *testing.T) {
	var before, now Sum
	before.Set(&Exponential{Total: 3, Positive: Side{Offset: 4, Counts: []uint64{1, 2}}})
	for name, e := range map[string]*Exponential{
		"a bucket fell":      {Total: 9, Positive: Side{Offset: 4, Counts: []uint64{9, 0}}},
		"a bucket is gone":   {Total: 9, Positive: Side{Offset: 5, Counts: []uint64{9}}},
		"all fell":           {Total: 2, Positive: Side{Offset: 4, Counts: []uint64{1, 1}}},
		"nothing is left":    {Total: 3, ZeroCount: 3},
		"at a lower scale":   {Scale: -1, Total: 9, Positive: Side{Offset: 1, Counts: []uint64{9}}},
		"on the other side":  {Total: 9, Negative: Side{Offset: 4, Counts: []uint64{9, 9}}},
		"with another scale": {Scale: 3, Total: 9, Positive: Side{Offset: 0, Counts: []uint64{9}}},
	} {
		if now.Set(e); now.Subtract(&before) {
			t.Errorf("%s: it is taken to be the same histogram", name)
		}
	}
}

// Extremes neither panic nor take memory.
func TestSumsOfExtremes(t *testing.T) {
	extremes := []int32{math.MinInt32, math.MinInt32 + 1, -1 << 20, -33, -11, 0, 20, 21, 63, 1 << 20, math.MaxInt32}
	var sum, before, between Sum
	for _, scale := range extremes {
		for _, offset := range extremes {
			for _, counts := range [][]uint64{{1}, {0, 0, 1, 0}, make([]uint64, 1000), slices.Repeat([]uint64{math.MaxUint64}, 1000)} {
				e := &Exponential{Scale: scale, Total: 1, ZeroThreshold: math.NaN(), Positive: Side{offset, counts}, Negative: Side{offset, counts}}
				sum.Add(e)
				between.Set(sum.Exponential())
				between.Subtract(&before)
				before.Set(e)
				new(Converter).Explicit(sum.Exponential())
				if n := len(sum.e.Positive.Counts) + len(sum.e.Negative.Counts) + len(before.e.Positive.Counts); n > 3*1000 {
					t.Fatalf("%d buckets", n)
				}
			}
		}
	}
}

// In a steady state sums take no memory.
func TestSumsDoNotAllocate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	e := exponentialOf(4, valuesOf(r))
	var total, now, before Sum
	if n := testing.AllocsPerRun(100, func() {
		total.Add(e)
		now.Set(total.Exponential())
		now.Subtract(&before)
		before.Set(total.Exponential())
	}); n > 0 {
		t.Errorf("%g allocations", n)
	}
}
