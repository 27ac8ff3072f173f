package transform

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// changesAt is a collection of changes of two kinds, in which a clock goes on.
func changesAt(at time.Time, v int64) *metricdata.ResourceMetrics {
	rm := oneMetric("sum", metricdata.Sum[int64]{Temporality: metricdata.DeltaTemporality, IsMonotonic: true, DataPoints: []metricdata.DataPoint[int64]{
		{Attributes: attribute.NewSet(attribute.Int("i", 1)), Time: at, Value: v},
		{Attributes: attribute.NewSet(attribute.Int("i", 2)), Time: at.Add(time.Microsecond), Value: v},
	}})
	rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics,
		metricdata.Metrics{Name: "updown", Data: metricdata.Sum[float64]{Temporality: metricdata.DeltaTemporality, DataPoints: []metricdata.DataPoint[float64]{{Time: at.Add(2 * time.Microsecond), Value: float64(v)}}}},
		metricdata.Metrics{Name: "h", Data: metricdata.Histogram[float64]{Temporality: metricdata.DeltaTemporality, DataPoints: []metricdata.HistogramDataPoint[float64]{
			{Time: at.Add(3 * time.Microsecond), Count: uint64(v), Sum: float64(v), Bounds: []float64{1}, BucketCounts: []uint64{0, uint64(v)}}}}},
		metricdata.Metrics{Name: "e", Data: metricdata.ExponentialHistogram[int64]{Temporality: metricdata.DeltaTemporality, DataPoints: []metricdata.ExponentialHistogramDataPoint[int64]{
			{Time: at.Add(4 * time.Microsecond), Count: uint64(v), ZeroCount: uint64(v)}}}})
	return rm
}

// What a store keeps of changes adds up to all of them, at whatever moments they are
// collected, and none is further in the future than one moment.
func TestChangesHaveMomentsOfTheirOwn(t *testing.T) {
	for _, unit := range []time.Duration{time.Second, time.Millisecond} {
		for seed := range uint64(20) {
			random := rand.New(rand.NewPCG(seed, 1))
			now, sent := testTime.Add(900*time.Millisecond), 0.0
			stored := map[string]float64{} // a store keeps the last of each moment
			encoder := encoding.NewEncoder(encoding.Config{Milliseconds: unit == time.Millisecond})
			tr := New(testConfig(func(c *Config) { c.Moment = unit; c.Rates = []string{"*"} }), sinkFunc(func(p encoding.Point) error {
				at := p.Time.Truncate(unit)
				if ahead := at.Sub(now); ahead > unit {
					t.Fatalf("%s is %s in the future", p.Series, ahead)
				}
				if behind := now.Sub(at); behind > 3*unit {
					t.Fatalf("%s is %s in the past", p.Series, behind)
				}
				v := p.Value.Float64()
				stored[fmt.Sprint(p.Series.Metric(), p.Series.Tags(), at.UnixNano())] = v
				return encoder.Append(p)
			}))
			var total float64
			for range 200 {
				now = now.Add(time.Duration(random.Int64N(int64(unit))))
				if random.IntN(5) == 0 {
					now = now.Add(time.Duration(random.Int64N(int64(5 * unit))))
				}
				v := random.Int64N(100) + 1
				rm := changesAt(now, v)
				if wait := tr.Wait(rm, now); wait > 0 {
					if wait > unit {
						t.Fatalf("a wait of %s", wait)
					}
					now = now.Add(wait)
				}
				tr.Collect(tr.Prepare(rm), now)
				sent += float64(v)
			}
			sums := map[string]float64{}
			for key, v := range stored {
				for _, name := range []string{"sum[{host box} {i 1}", "sum[{host box} {i 2}", "updown[", "h_count[", "h_sum[", "e_count["} {
					if len(key) > len(name) && key[:len(name)] == name {
						sums[name] += v
					}
				}
			}
			for name, v := range sums {
				if total++; v != sent {
					t.Errorf("%s, unit %s, seed %d: %v is stored, %v were sent", name, unit, seed, v, sent)
				}
			}
			if total != 6 {
				t.Errorf("%v series were looked at", sums)
			}
		}
	}
}

// Only changes are moved, and only where they would meet.
func TestMomentsLeaveTheRestAlone(t *testing.T) {
	r := newRecorder()
	for range 3 {
		equalLines(t, r.emit(oneMetric("g", gauge[int64](1))), `g{host="box"} 1700000000 1`)
		if wait := r.Wait(oneMetric("g", gauge[int64](1)), testTime); wait != 0 {
			t.Errorf("a gauge waits %s", wait)
		}
	}
	change := func(seconds int) *metricdata.ResourceMetrics {
		return oneMetric("c", metricdata.Sum[int64]{Temporality: metricdata.DeltaTemporality, DataPoints: []metricdata.DataPoint[int64]{{Time: testTime.Add(time.Duration(seconds) * time.Second), Value: 1}}})
	}
	// In order: late by hours, from the far future, then as usual; the clock is set
	// back by an hour.
	for _, step := range []struct{ at, now, want int }{
		{0, 0, 0}, {-7200, 1, -7200}, {1, 1, 1}, {1 << 20, 2, 1 << 20}, {2, 2, 2}, {2, 2, 3}, {2, 3, 4},
		{-3600, -3600, -3600}, {-3600, -3600, -3599}, {-3590, -3590, -3590},
	} {
		r.lines = nil
		rm := change(step.at)
		r.Collect(r.Prepare(rm), testTime.Add(time.Duration(step.now)*time.Second))
		equalLines(t, r.lines, fmt.Sprintf(`c{host="box"} %d 1`, 1700000000+step.want))
	}
}

// An instrument that has more attribute sets than it may is told of once.
func TestOverflowIsReportedOnce(t *testing.T) {
	r := newRecorder()
	over := attribute.NewSet(attribute.Bool("otel.metric.overflow", true))
	point := func(sets ...attribute.Set) metricdata.Aggregation {
		var data metricdata.Gauge[int64]
		for _, set := range sets {
			data.DataPoints = append(data.DataPoints, metricdata.DataPoint[int64]{Attributes: set, Time: testTime})
		}
		return data
	}
	other := attribute.NewSet(attribute.Int("i", 1))
	warnings := func(name string, sets ...attribute.Set) int {
		r.emit(oneMetric(name, point(sets...)))
		return len(r.report.Warnings)
	}
	for i, step := range []struct {
		name string
		sets []attribute.Set
		want int
	}{
		{"a", []attribute.Set{other}, 0},
		{"a", []attribute.Set{other, over}, 1},
		{"a", []attribute.Set{over}, 0},
		{"b", []attribute.Set{over}, 1},
		{"a", []attribute.Set{other, over}, 0},
		{"a", []attribute.Set{attribute.NewSet(attribute.Bool("otel.metric.overflow", false))}, 0},
		{"c", []attribute.Set{attribute.NewSet(attribute.Bool("otel.metric.overflow", true), attribute.Int("i", 1))}, 0},
		{"c", []attribute.Set{attribute.NewSet(attribute.String("otel.metric.overflow", "true"))}, 0},
	} {
		if got := warnings(step.name, step.sets...); got != step.want {
			t.Errorf("%d: %d warnings (%v), want %d", i, got, r.report.Warnings, step.want)
		}
	}
}
