package histogram

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

func TestQuantileEdges(t *testing.T) {
	unknown := Extreme{}
	known := func(v float64) Extreme { return Extreme{v, true} }
	for name, tc := range map[string]struct {
		h      Buckets
		q      float64
		lo, hi Extreme
		want   float64
	}{
		"first bucket, open below":      {Buckets{[]float64{10}, []uint64{4, 0}, 4}, 0.5, unknown, unknown, 5},
		"first bucket below zero":       {Buckets{[]float64{-10}, []uint64{4, 0}, 4}, 0.5, unknown, unknown, -10},
		"last bucket, open above":       {Buckets{[]float64{10}, []uint64{0, 4}, 4}, 0.5, unknown, unknown, 10},
		"last bucket, maximum known":    {Buckets{[]float64{10}, []uint64{0, 4}, 4}, 0.5, unknown, known(20), 15},
		"least":                         {Buckets{[]float64{1, 2}, []uint64{0, 3, 0}, 3}, 0, known(1.5), known(1.8), 1.5},
		"greatest":                      {Buckets{[]float64{1, 2}, []uint64{0, 3, 0}, 3}, 1, known(1.5), known(1.8), 1.8},
		"one bucket, nothing known":     {Buckets{nil, []uint64{3}, 3}, 0.5, unknown, unknown, 0},
		"one bucket, both known":        {Buckets{nil, []uint64{3}, 3}, 0.5, known(2), known(4), 3},
		"counts short of the total":     {Buckets{[]float64{1}, []uint64{1, 0}, 9}, 0.9, unknown, unknown, 1},
		"empty buckets are passed over": {Buckets{[]float64{1, 2, 3}, []uint64{2, 0, 2, 0}, 4}, 0.75, unknown, unknown, 2.5},
	} {
		if got := tc.h.Quantile(tc.q, tc.lo, tc.hi); got != tc.want {
			t.Errorf("%s: %g, want %g", name, got, tc.want)
		}
	}
}

// distributions are drawn from in the measurement of errors; all are of positive
// values around 100.
var distributions = map[string]func(*rand.Rand) float64{
	"uniform":     func(r *rand.Rand) float64 { return 200 * r.Float64() },
	"normal":      func(r *rand.Rand) float64 { return math.Abs(100 + 20*r.NormFloat64()) },
	"exponential": func(r *rand.Rand) float64 { return 100 * r.ExpFloat64() },
	"log-normal":  func(r *rand.Rand) float64 { return 100 * math.Exp(r.NormFloat64()) },
}

// The errors that the docs state: of exponential histograms at most 3 percent,
// of explicit ones at most the width of the bucket.
func TestQuantileErrors(t *testing.T) {
	const values = 20_000
	for name, draw := range distributions {
		r := rand.New(rand.NewPCG(11, 13))
		exact := make([]float64, values)
		for i := range exact {
			exact[i] = draw(r)
		}
		explicit := recorded(t, exact, sdkmetric.AggregationExplicitBucketHistogram{Boundaries: defaultBounds}).(metricdata.Histogram[float64]).DataPoints[0]
		exponential := recorded(t, exact, sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}).(metricdata.ExponentialHistogram[float64]).DataPoints[0]
		expo := new(Converter).Explicit(&Exponential{
			Scale: exponential.Scale, ZeroCount: exponential.ZeroCount, ZeroThreshold: exponential.ZeroThreshold,
			Positive: Side(exponential.PositiveBucket), Negative: Side(exponential.NegativeBucket), Total: values,
		})
		buckets := Buckets{explicit.Bounds, explicit.BucketCounts, values}

		slices.Sort(exact)
		lo, hi := extreme(explicit.Min), extreme(explicit.Max)
		for _, q := range defaultQuantiles {
			want := exact[int(q*values)]
			got := expo.Quantile(q, lo, hi)
			if off := math.Abs(got-want) / want; off > 0.03 {
				t.Errorf("%s, exponential, quantile %g: %g, want %g: off by %.2f%%", name, q, got, want, 100*off)
			}
			got = buckets.Quantile(q, lo, hi)
			i, _ := slices.BinarySearch(explicit.Bounds, want)
			from, to := buckets.edges(i, lo, hi)
			if math.Abs(got-want) > to-from {
				t.Errorf("%s, explicit, quantile %g: %g, want %g, in a bucket from %g to %g", name, q, got, want, from, to)
			}
			t.Logf("%s %g: exact %.4g, explicit off by %+.1f%%", name, q, want, 100*(got-want)/want)
		}
	}
}

func extreme(x metricdata.Extrema[float64]) Extreme {
	v, known := x.Value()
	return Extreme{v, known}
}

// defaultQuantiles are those that the exporter sends unless it is told otherwise.
var defaultQuantiles = []float64{0.5, 0.75, 0.95, 0.98, 0.99, 0.999}

// defaultBounds are the SDK's.
var defaultBounds = []float64{0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000}

// recorded returns what the SDK makes of values.
func recorded(t *testing.T, values []float64, aggregation sdkmetric.Aggregation) metricdata.Aggregation {
	t.Helper()
	reader := sdkmetric.NewManualReader(sdkmetric.WithAggregationSelector(func(sdkmetric.InstrumentKind) sdkmetric.Aggregation { return aggregation }))
	histogram, err := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("m").Float64Histogram("h", metric.WithUnit("ms"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		histogram.Record(context.Background(), v)
	}
	var rm metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &rm); err != nil {
		t.Fatal(err)
	}
	return rm.ScopeMetrics[0].Metrics[0].Data
}
