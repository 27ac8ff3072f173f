package transform

import (
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// When the bounds of a histogram move, the series of those that stay are the same
// ones.
func TestExponentialSeriesAreReused(t *testing.T) {
	r := newRecorder()
	emit := func(offset int32, counts ...uint64) {
		r.emit(oneMetric("m", metricdata.ExponentialHistogram[float64]{
			DataPoints: []metricdata.ExponentialHistogramDataPoint[float64]{{
				Time: testTime, Count: uint64(len(counts)),
				PositiveBucket: metricdata.ExponentialBucket{Offset: offset, Counts: counts},
			}},
		}))
	}
	emit(-1, 1, 1, 1) // of 1, 2 and 4
	before := len(r.maker.identities.held)
	emit(-1, 1, 1, 1, 1)
	if after := len(r.maker.identities.held); after != before+1 {
		t.Errorf("%d series after one more bucket, want %d", after, before+1)
	}
	emit(2, 1)
	if after := len(r.maker.identities.held); after != 2+3 { // count, sum; le 4, 8, +Inf
		t.Errorf("%d series, want 5: the buckets that are gone must be forgotten", after)
	}
}
