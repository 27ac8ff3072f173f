package apptuit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// exponentialOf counts values into a data point of the given scale.
func exponentialOf(scale int32, values []float64) *metricdata.ExponentialHistogramDataPoint[float64] {
	dp := &metricdata.ExponentialHistogramDataPoint[float64]{Scale: scale, Count: uint64(len(values))}
	var pos, neg []float64
	for _, v := range values {
		switch {
		case v > 0:
			pos = append(pos, v)
		case v < 0:
			neg = append(neg, -v)
		default:
			dp.ZeroCount++
		}
	}
	dp.PositiveBucket, dp.NegativeBucket = bucketOf(scale, pos), bucketOf(scale, neg)
	return dp
}

func bucketOf(scale int32, magnitudes []float64) metricdata.ExponentialBucket {
	if len(magnitudes) == 0 {
		return metricdata.ExponentialBucket{}
	}
	index := func(v float64) int32 {
		return int32(math.Ceil(math.Ldexp(math.Log2(v), int(scale)))) - 1
	}
	lo, hi := index(slices.Min(magnitudes)), index(slices.Max(magnitudes))
	b := metricdata.ExponentialBucket{Offset: lo, Counts: make([]uint64, hi-lo+1)}
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
		dp := exponentialOf(int32(r.IntN(10)-3), values)
		var b exponentialBuckets
		setExponential(&b, dp)
		if len(b.bounds)+1 > maxBuckets || !slices.IsSorted(b.bounds) || len(b.bounds) != len(b.counts) {
			t.Fatalf("%d bounds, %d counts, sorted %t", len(b.bounds), len(b.counts), slices.IsSorted(b.bounds))
		}
		below := uint64(0)
		for i, bound := range b.bounds {
			below += b.counts[i]
			if want := countBelow(values, bound); below != want {
				t.Fatalf("scale %d, le %g: %d values, want %d", dp.Scale, bound, below, want)
			}
		}
		if below != dp.Count {
			t.Fatalf("%d values in buckets, want %d", below, dp.Count)
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
			if lo, hi := exponentialBound(index, scale), exponentialBound(2*index, scale+1); lo != hi {
				t.Errorf("scale %d, index %d: %g and %g", scale, index, lo, hi)
			}
		}
	}
}

func TestExponentialExtremes(t *testing.T) {
	for _, scale := range []int32{-10, 20} {
		for _, offset := range []int32{math.MinInt32, math.MaxInt32 - 319} {
			dp := &metricdata.ExponentialHistogramDataPoint[float64]{
				Scale: scale, PositiveBucket: metricdata.ExponentialBucket{Offset: offset, Counts: make([]uint64, 320)},
			}
			var b exponentialBuckets
			setExponential(&b, dp)
			if len(b.bounds)+1 > maxBuckets || !slices.IsSorted(b.bounds) {
				t.Errorf("scale %d, offset %d: %d bounds", scale, offset, len(b.bounds))
			}
			for _, bound := range b.bounds {
				if math.IsInf(bound, 0) || math.IsNaN(bound) {
					t.Errorf("scale %d, offset %d: bound %g", scale, offset, bound)
				}
			}
		}
	}
}

// When the scale falls, the series of bounds that stay are the same ones.
func TestExponentialSeriesAreReused(t *testing.T) {
	r := newRecorder(t)
	emit := func(values ...float64) {
		dp := exponentialOf(0, values)
		dp.Time = testTime
		r.emit(oneMetric("m", metricdata.ExponentialHistogram[float64]{
			DataPoints: []metricdata.ExponentialHistogramDataPoint[float64]{*dp},
		}))
	}
	emit(1, 2, 4)
	before := len(r.owners)
	emit(1, 2, 4, 8)
	if after := len(r.owners); after != before+1 {
		t.Errorf("%d series after one more bucket, want %d", after, before+1)
	}
	emit(8)
	if after := len(r.owners); after != 2+3 { // count, sum; le 4, 8, +Inf
		t.Errorf("%d series, want 5: the buckets that are gone must be forgotten", after)
	}
}
