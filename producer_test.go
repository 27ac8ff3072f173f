package apptuit

import (
	"encoding/binary"
	"maps"
	"math"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// encoderOf returns an exporter that only encodes, with all that it can make of a
// collection.
func encoderOf(t testing.TB, opts ...Option) *Exporter {
	t.Helper()
	e, err := New(append([]Option{
		env(nil), WithToken("test-token"), WithErrorHandler(func(error) {}), WithRates(), WithHistograms(HistogramBuckets, HistogramSummary),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// producerModes are the ways of sending what a Producer gives.
var producerModes = map[string][]Option{
	"both modes":     nil,
	"as they come":   {WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector)},
	"reporter names": {WithReporterNames(), WithHistograms(HistogramSummary)},
	"no tags, units": {WithoutHostTag(), WithoutScopeTags(), WithUnitSuffixes(), WithSanitizeMode(encoding.SanitizeNone)},
}

func exponential(scale, offset int32, counts ...uint64) metricdata.ExponentialHistogramDataPoint[float64] {
	return metricdata.ExponentialHistogramDataPoint[float64]{
		Time: testTime, Count: 1, Scale: scale,
		PositiveBucket: metricdata.ExponentialBucket{Offset: offset, Counts: counts},
		NegativeBucket: metricdata.ExponentialBucket{Offset: offset, Counts: counts},
	}
}

// Whatever a Producer gives is sent or dropped.
func TestNoCollectionPanics(t *testing.T) {
	for name, opts := range producerModes {
		t.Run(name, func(t *testing.T) { noCollectionPanics(t, encoderOf(t, opts...)) })
	}
}

func noCollectionPanics(t *testing.T, e *Exporter) {
	extremes := []int32{math.MinInt32, math.MinInt32 + 1, -1 << 20, -33, -32, -11, -10, 0, 20, 21, 62, 63, 64, 1 << 20, math.MaxInt32}
	var points []metricdata.ExponentialHistogramDataPoint[float64]
	for _, scale := range extremes {
		for _, offset := range extremes {
			points = append(points, exponential(scale, offset, 1), exponential(scale, offset, make([]uint64, 1000)...))
		}
	}
	for i := range points {
		points[i].Attributes = attribute.NewSet(attribute.Int("i", i))
	}
	data := []metricdata.Aggregation{
		metricdata.ExponentialHistogram[float64]{DataPoints: points, Temporality: metricdata.DeltaTemporality},
		metricdata.Sum[int64]{IsMonotonic: true, Temporality: metricdata.DeltaTemporality, DataPoints: []metricdata.DataPoint[int64]{
			{Value: math.MinInt64}, {Value: math.MaxInt64, StartTime: time.Unix(1<<60, 0)}, {Value: 1, Time: time.Unix(-1<<60, 0)}}},
		nil, (*metricdata.Gauge[int64])(nil), metricdata.Gauge[int64]{}, metricdata.Histogram[float64]{}, metricdata.Summary{},
		metricdata.ExponentialHistogram[float64]{DataPoints: points},
		metricdata.Gauge[float64]{DataPoints: []metricdata.DataPoint[float64]{{Value: math.NaN()}, {Value: math.Inf(1)}, {Time: time.Unix(-1, 0)}, {Time: time.Unix(1<<60, 0)}}},
		metricdata.Sum[float64]{IsMonotonic: true, DataPoints: []metricdata.DataPoint[float64]{{Value: math.MaxFloat64}, {Value: -math.MaxFloat64}}},
		metricdata.Histogram[int64]{DataPoints: []metricdata.HistogramDataPoint[int64]{
			{}, {Count: 1}, {Bounds: []float64{1, 2}}, {BucketCounts: []uint64{1, 2, 3}, Count: 6}, {Bounds: []float64{1}, BucketCounts: make([]uint64, 9), Count: math.MaxUint64},
			{Bounds: []float64{3, math.NaN(), math.Inf(-1), 1, 1, math.Inf(1)}, BucketCounts: []uint64{math.MaxUint64, 1}, Count: 1},
		}},
		metricdata.Summary{DataPoints: []metricdata.SummaryDataPoint{{}, {QuantileValues: []metricdata.QuantileValue{{Quantile: math.NaN()}, {Quantile: 7}, {Quantile: 7}}}}},
	}
	rm := &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{{}}}
	for _, name := range []string{"m", "m", "", "other"} {
		for _, d := range data {
			rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics, metricdata.Metrics{Name: name, Data: d})
		}
	}
	for range 3 {
		for _, collection := range []*metricdata.ResourceMetrics{rm, nil, {}} {
			e.encode(collection)
		}
	}
	if e.Stats().Dropped[ErrUnknownAggregation] == 0 {
		t.Error("what is not known is not counted")
	}
}

// A data point with more buckets than any store can use is dropped, counted, and
// costs no memory.
func TestGiantHistogramsAreDropped(t *testing.T) {
	bounds := make([]float64, 1<<20)
	quantiles := make([]metricdata.QuantileValue, 1<<20)
	for i := range bounds {
		bounds[i], quantiles[i].Quantile = float64(i), float64(i)
	}
	rm := oneMetric("h", metricdata.Histogram[float64]{DataPoints: []metricdata.HistogramDataPoint[float64]{
		{Time: testTime, Bounds: bounds, BucketCounts: make([]uint64, len(bounds)+1), Count: 1},
		{Time: testTime, Bounds: bounds[:3], BucketCounts: make([]uint64, 4), Count: 1, Attributes: attribute.NewSet(attribute.Bool("good", true))},
	}})
	rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics,
		metricdata.Metrics{Name: "s", Data: metricdata.Summary{DataPoints: []metricdata.SummaryDataPoint{{Time: testTime, QuantileValues: quantiles}}}},
		metricdata.Metrics{Name: "e", Data: metricdata.ExponentialHistogram[float64]{DataPoints: []metricdata.ExponentialHistogramDataPoint[float64]{
			exponential(20, -1<<30, make([]uint64, 1<<20)...)}}})
	e := encoderOf(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	batches, report := e.encode(rm)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("%d MiB were allocated", grown>>20)
	}
	if len(batches) != 1 || e.Stats().Dropped[ErrTooManyBuckets] != 2 || report.Refused == nil {
		t.Errorf("%d batches, dropped %v, %v", len(batches), e.Stats().Dropped, report.Refused)
	}
}

// A feed makes a collection of the bytes of a fuzzer.
type feed struct{ data []byte }

func (f *feed) byte() byte {
	if len(f.data) == 0 {
		return 0
	}
	b := f.data[0]
	f.data = f.data[1:]
	return b
}

func (f *feed) uint64() uint64 {
	var text [8]byte
	n := copy(text[:], f.data)
	f.data = f.data[n:]
	return binary.LittleEndian.Uint64(text[:])
}

var notableFloats = []float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64}

func (f *feed) float() float64 {
	if n := int(f.byte()); n < len(notableFloats) {
		return notableFloats[n]
	}
	return math.Float64frombits(f.uint64())
}

func (f *feed) floats() []float64 { return listOf(f, f.float) }
func (f *feed) counts() []uint64  { return listOf(f, f.uint64) }

func listOf[T any](f *feed, next func() T) []T {
	var all []T
	for range f.byte() % 8 {
		all = append(all, next())
	}
	if len(all) > 0 && f.byte() == 1 {
		all = append(make([]T, 1<<10), all...)
	}
	return all
}

func (f *feed) time() time.Time {
	if f.byte() < 128 {
		return testTime
	}
	return time.Unix(int64(f.uint64()), 0)
}

func (f *feed) set() attribute.Set {
	var all []attribute.KeyValue
	for i := range f.byte() % 4 {
		all = append(all, attribute.String(f.text(), f.text()), attribute.Int(strconv.Itoa(int(i)), int(f.byte())))
	}
	return attribute.NewSet(all...)
}

func (f *feed) text() string {
	n := min(int(f.byte()%8), len(f.data))
	text := string(f.data[:n])
	f.data = f.data[n:]
	return text
}

func (f *feed) extremum() metricdata.Extrema[float64] {
	if f.byte() < 128 {
		return metricdata.Extrema[float64]{}
	}
	return metricdata.NewExtrema(f.float())
}

func (f *feed) aggregation() metricdata.Aggregation {
	temporality := metricdata.Temporality(f.byte() % 3)
	switch f.byte() % 6 {
	case 0:
		return metricdata.Gauge[float64]{DataPoints: listOf(f, f.scalar)}
	case 1:
		return metricdata.Sum[float64]{DataPoints: listOf(f, f.scalar), Temporality: temporality, IsMonotonic: f.byte() < 128}
	case 2:
		return metricdata.Histogram[float64]{Temporality: temporality, DataPoints: listOf(f, func() metricdata.HistogramDataPoint[float64] {
			return metricdata.HistogramDataPoint[float64]{Attributes: f.set(), Time: f.time(), StartTime: f.time(), Count: f.uint64(),
				Bounds: f.floats(), BucketCounts: f.counts(), Sum: f.float(), Min: f.extremum(), Max: f.extremum()}
		})}
	case 3:
		return metricdata.ExponentialHistogram[float64]{Temporality: temporality, DataPoints: listOf(f, func() metricdata.ExponentialHistogramDataPoint[float64] {
			return metricdata.ExponentialHistogramDataPoint[float64]{Attributes: f.set(), Time: f.time(), StartTime: f.time(), Count: f.uint64(),
				Sum: f.float(), Min: f.extremum(), Max: f.extremum(), Scale: int32(f.uint64()), ZeroCount: f.uint64(), ZeroThreshold: f.float(),
				PositiveBucket: metricdata.ExponentialBucket{Offset: int32(f.uint64()), Counts: f.counts()},
				NegativeBucket: metricdata.ExponentialBucket{Offset: int32(f.uint64()), Counts: f.counts()}}
		})}
	case 4:
		return metricdata.Summary{DataPoints: listOf(f, func() metricdata.SummaryDataPoint {
			return metricdata.SummaryDataPoint{Attributes: f.set(), Time: f.time(), Count: f.uint64(), Sum: f.float(),
				QuantileValues: listOf(f, func() metricdata.QuantileValue {
					return metricdata.QuantileValue{Quantile: f.float(), Value: f.float()}
				})}
		})}
	}
	return nil
}

func (f *feed) scalar() metricdata.DataPoint[float64] {
	return metricdata.DataPoint[float64]{Attributes: f.set(), Time: f.time(), StartTime: f.time(), Value: f.float()}
}

// Export takes whatever a Producer gives.
func FuzzExport(f *testing.F) {
	for seed := range byte(6) {
		data := []byte{2, 'm', 0, seed, 3, 0}
		for i := range byte(200) {
			data = append(data, i*(seed+7))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := &feed{data}
		modes := slices.Sorted(maps.Keys(producerModes))
		e := encoderOf(t, append(slices.Clone(producerModes[modes[in.byte()%4]]), WithMaxTags(5))...)
		for range 4 {
			rm := &metricdata.ResourceMetrics{}
			for range in.byte() % 3 {
				sm := metricdata.ScopeMetrics{Scope: instrumentation.Scope{Name: in.text(), Attributes: in.set()}}
				for range in.byte() % 4 {
					sm.Metrics = append(sm.Metrics, metricdata.Metrics{Name: in.text(), Unit: in.text(), Data: in.aggregation()})
				}
				rm.ScopeMetrics = append(rm.ScopeMetrics, sm)
			}
			batches, _ := e.encode(rm)
			for _, b := range batches {
				if text, err := b.JSON(); err != nil || len(text) == 0 {
					t.Fatalf("a batch of %d points: %v", b.Points, err)
				}
			}
		}
	})
}
