package histogram

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestUsefulBounds(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for name, tc := range map[string]struct {
		bounds, want []float64
		counts       []uint64
		wantCounts   []uint64
	}{
		"all are":            {[]float64{1, 2}, []float64{1, 2}, []uint64{1, 2, 3}, []uint64{1, 2, 3}},
		"the last is +Inf":   {[]float64{1, 2, inf}, []float64{1, 2}, []uint64{1, 2, 3, 4}, []uint64{1, 2, 7}},
		"the first is -Inf":  {[]float64{-inf, 1}, []float64{1}, []uint64{1, 2, 3}, []uint64{3, 3}},
		"NaN":                {[]float64{1, nan, 3}, []float64{1, 3}, []uint64{1, 2, 3, 4}, []uint64{1, 5, 4}},
		"the first is NaN":   {[]float64{nan, 3}, []float64{3}, []uint64{1, 2, 3}, []uint64{3, 3}},
		"twice the same":     {[]float64{1, 1, 2}, []float64{1, 2}, []uint64{1, 0, 2, 3}, []uint64{1, 2, 3}},
		"out of order":       {[]float64{3, 1, 4}, []float64{3, 4}, []uint64{1, 2, 3, 4}, []uint64{1, 5, 4}},
		"none is":            {[]float64{nan, inf}, nil, []uint64{1, 2, 3}, []uint64{6}},
		"without all counts": {[]float64{1, inf}, []float64{1}, []uint64{1}, []uint64{1, 0}},
	} {
		got, idle := new(Converter).Useful(Buckets{Bounds: tc.bounds, Counts: tc.counts, Total: 9})
		if len(got.Bounds) != len(tc.want) || len(tc.want) > 0 && !reflect.DeepEqual(got.Bounds, tc.want) || !reflect.DeepEqual(got.Counts, tc.wantCounts) || got.Total != 9 {
			t.Errorf("%s: %+v", name, got)
		}
		if idle != len(tc.bounds)-len(tc.want) {
			t.Errorf("%s: %d say nothing", name, idle)
		}
	}
}

// The deviation is wrong by no more than its doc says.
func TestDeviation(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		values := valuesOf(r)
		if len(values) < 2 {
			continue
		}
		scale := int32(r.IntN(5))
		e := exponentialOf(scale, values)
		mean, squares := 0.0, 0.0
		for _, v := range values {
			mean += v / float64(len(values))
			squares += v * v
		}
		off := 0.0
		for _, v := range values {
			off += (v - mean) * (v - mean)
		}
		n := float64(len(values))
		exact := math.Sqrt(off / (n - 1))
		got, known := e.Deviation(mean)
		base := math.Exp2(math.Exp2(-float64(scale)))
		within := (base - 1) / (base + 1) * math.Sqrt(squares/(n-1))
		if !known || math.Abs(got-exact) > within*(1+1e-9) {
			t.Fatalf("scale %d: %g, want %g within %g, known %t", scale, got, exact, within, known)
		}
	}
}

func TestDeviationOfFew(t *testing.T) {
	for name, tc := range map[string]struct {
		e     Exponential
		want  float64
		known bool
	}{
		"none":        {Exponential{}, 0, false},
		"one":         {Exponential{Positive: Side{0, []uint64{1}}}, 0, true},
		"zeros":       {Exponential{ZeroCount: 3}, 1, true}, // around 1, as of a sample
		"out of hand": {Exponential{Positive: Side{2000, []uint64{1, 1}}}, 0, false},
		"no scale":    {Exponential{Scale: math.MinInt32, Positive: Side{math.MaxInt32, []uint64{1, 1}}}, 0, false},
	} {
		if got, known := tc.e.Deviation(1); known != tc.known || known && math.Abs(got-tc.want) > 0.3 {
			t.Errorf("%s: %g, %t", name, got, known)
		}
	}
}

func TestSpan(t *testing.T) {
	known := func(v float64) Extreme { return Extreme{v, true} }
	b := Buckets{[]float64{1, 2, 3, 4}, []uint64{0, 1, 0, 2, 0}, 3}
	if from, to := b.Span(Extreme{}, Extreme{}); from != 1 || to != 4 || b.Crowded() {
		t.Errorf("from %g to %g", from, to)
	}
	if from, to := b.Span(known(1.5), known(3.5)); from != 1.5 || to != 3.5 {
		t.Errorf("from %g to %g", from, to)
	}
	if b.Counts[1] = 0; !b.Crowded() {
		t.Error("all counts are in one bucket")
	}
}
