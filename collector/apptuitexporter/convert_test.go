package apptuitexporter

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/attribute"
)

const testTime pcommon.Timestamp = 1_700_000_000_000_000_000

// numberOf adds a data point of an integer.
func numberOf(dps pmetric.NumberDataPointSlice, id string, v int64) pmetric.NumberDataPoint {
	dp := dps.AppendEmpty()
	dp.Attributes().PutStr("id", id)
	dp.SetTimestamp(testTime)
	dp.SetIntValue(v)
	return dp
}

func oneMetric() (pmetric.Metrics, pmetric.Metric) {
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("m")
	return md, m
}

func pushed(t *testing.T, md pmetric.Metrics, changes ...func(*Config)) []string {
	t.Helper()
	r, store := started(t, changes...)
	if err := r.ConsumeMetrics(t.Context(), md); err != nil {
		t.Fatal(err)
	}
	if dropped := r.counted(t, "_dropped_points"); len(dropped) > 0 {
		t.Errorf("dropped: %v", dropped)
	}
	var all []string
	for _, p := range store.Points() {
		all = append(all, p.Series.String()+" "+p.Value.String())
	}
	slices.Sort(all)
	return all
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A point without a value is none, of whatever kind.
func TestNoRecordedValue(t *testing.T) {
	md, m := oneMetric()
	none := pmetric.DefaultDataPointFlags.WithNoRecordedValue(true)
	dps := m.SetEmptyGauge().DataPoints()
	numberOf(dps, "a", 1)
	numberOf(dps, "b", 2).SetFlags(none)
	dps.AppendEmpty().Attributes().PutStr("id", "c")
	metrics := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	for range 3 {
		metrics.AppendEmpty().SetName("n")
	}
	metrics.At(1).SetEmptyHistogram().DataPoints().AppendEmpty().SetFlags(none)
	metrics.At(2).SetEmptyExponentialHistogram().DataPoints().AppendEmpty().SetFlags(none)
	metrics.At(3).SetEmptySummary().DataPoints().AppendEmpty().SetFlags(none)
	same(t, pushed(t, md), `m{id="a"} 1`)
}

// Integers stay exact beside floats of the same metric.
func TestIntegersAmongFloats(t *testing.T) {
	md, m := oneMetric()
	dps := m.SetEmptySum().DataPoints()
	m.Sum().SetIsMonotonic(true)
	m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	numberOf(dps, "a", math.MaxInt64)
	numberOf(dps, "b", 0).SetDoubleValue(0.5)
	numberOf(dps, "c", math.MaxInt64-1)
	numberOf(dps, "d", 0).SetDoubleValue(1.5)
	same(t, pushed(t, md), `m{id="a"} 9223372036854775807`, `m{id="b"} 0.5`, `m{id="c"} 9223372036854775806`, `m{id="d"} 1.5`)
}

// A histogram without a sum has none; its other parts are sent, and nothing counts as
// dropped.
func TestHistogramWithoutASum(t *testing.T) {
	md, m := oneMetric()
	dp := m.SetEmptyHistogram().DataPoints().AppendEmpty()
	dp.Attributes().PutStr("id", "a")
	dp.SetTimestamp(testTime)
	dp.SetCount(2)
	dp.ExplicitBounds().FromRaw([]float64{-1})
	dp.BucketCounts().FromRaw([]uint64{1, 1})
	same(t, pushed(t, md), `m_bucket{id="a",le="+Inf"} 2`, `m_bucket{id="a",le="-1"} 1`, `m_count{id="a"} 2`)
}

// NaN is no point, and counted.
func TestNotANumber(t *testing.T) {
	md, m := oneMetric()
	dps := m.SetEmptyGauge().DataPoints()
	numberOf(dps, "a", 0).SetDoubleValue(math.NaN())
	numberOf(dps, "b", 1)
	r, store := started(t)
	if err := r.ConsumeMetrics(t.Context(), md); err != nil {
		t.Fatal(err)
	}
	if got := r.counted(t, "_dropped_points"); got[string(encoding.ErrNotFinite)] != 1 || store.Stored() != 1 {
		t.Errorf("%d stored, counted: %v", store.Stored(), got)
	}
}

// A point without a time has that of now.
func TestNoTime(t *testing.T) {
	md, m := oneMetric()
	numberOf(m.SetEmptyGauge().DataPoints(), "a", 1).SetTimestamp(0)
	r, store := started(t)
	if err := r.ConsumeMetrics(t.Context(), md); err != nil {
		t.Fatal(err)
	}
	if got := store.Points()[0].Time; time.Since(got) > time.Minute {
		t.Errorf("its time is %s", got)
	}
}

// Attributes of each type are tags, equal where they are and else not.
func TestAttributes(t *testing.T) {
	m := pcommon.NewMap()
	if err := m.FromRaw(map[string]any{
		"s": "text", "i": int64(7), "f": 0.5, "b": true, "bytes": []byte{1, 2}, "empty": nil,
		"strings": []any{"a", "b"}, "ints": []any{int64(1), int64(2)}, "floats": []any{0.5}, "bools": []any{true, false},
		"mixed": []any{"a", int64(1)}, "none": []any{}, "map": map[string]any{"k": "v"},
	}); err != nil {
		t.Fatal(err)
	}
	set := attribute.NewSet(keyValues(m)...)
	for key, want := range map[attribute.Key]attribute.Value{
		"s": attribute.StringValue("text"), "i": attribute.Int64Value(7), "f": attribute.Float64Value(0.5), "b": attribute.BoolValue(true),
		"bytes": attribute.ByteSliceValue([]byte{1, 2}), "strings": attribute.StringSliceValue([]string{"a", "b"}),
		"ints": attribute.Int64SliceValue([]int64{1, 2}), "floats": attribute.Float64SliceValue([]float64{0.5}), "bools": attribute.BoolSliceValue([]bool{true, false}),
		"mixed": attribute.SliceValue(attribute.StringValue("a"), attribute.Int64Value(1)), "none": attribute.SliceValue(), "map": attribute.MapValue(attribute.String("k", "v")),
	} {
		if got, _ := set.Value(key); got.String() != want.String() || got.Type() != want.Type() {
			t.Errorf("%s: %s %s, want %s %s", key, got.Type(), got.String(), want.Type(), want.String())
		}
	}
	key := string(appendMap(nil, m))
	for name := range m.All() {
		other := pcommon.NewMap()
		m.CopyTo(other)
		other.PutStr(name, "another value")
		if string(appendMap(nil, other)) == key {
			t.Errorf("%s: another value has the same key", name)
		}
	}
	other := pcommon.NewMap()
	m.CopyTo(other)
	if string(appendMap(nil, other)) != key {
		t.Error("the same attributes have another key")
	}
}

// What no push has is forgotten by time, and by number only where that is far beyond
// what pushes have.
func TestMemo(t *testing.T) {
	m := newMemo[int]()
	now := time.Unix(1_700_000_000, 0)
	made := 0
	use := func(from, to int) {
		for i := from; i < to; i++ {
			m.of([]byte{byte(i), byte(i >> 8), byte(i >> 16)}, now, func() int { made++; return i })
			m.sweep(now)
		}
	}
	for range 20 {
		use(0, 15_000)
		now = now.Add(30 * time.Second)
	}
	if made != 15_000 {
		t.Errorf("%d were made of 15000", made)
	}
	use(15_000, 15_001)
	now = now.Add(keepFor + sweepEvery)
	use(15_000, 15_001)
	if len(m.held) != 1 {
		t.Errorf("%d are kept", len(m.held))
	}
	for i := range 300 { // some new ones each second
		use(20_000+i*1000, 21_000+i*1000)
		now = now.Add(5 * time.Second)
	}
	if len(m.held) > 150_000 {
		t.Errorf("%d are kept", len(m.held))
	}
}
