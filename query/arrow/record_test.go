package arrow

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/apptuitai/apptuit-go/query"
)

// frames are tables of all shapes.
var frames = map[string]func() *query.Frame{
	"nothing":     func() *query.Frame { return query.Output{}.Frame() },
	"no points":   func() *query.Frame { return output(series("cpu", nil)).Frame() },
	"two hosts":   twoHosts,
	"one name":    func() *query.Frame { return output(series("cpu", nil, 1, 2), series("cpu", nil, 2, 3)).Frame() },
	"no rows met": func() *query.Frame { return output(series("a", nil, 1, 3, 5), series("b", nil, 2, 4)).Frame() },
	"odd values":  oddValues,
	"odd names":   oddNames,
	"long":        func() *query.Frame { return long(2510) },
	"wide":        func() *query.Frame { return wide(70) },
}

func output(all ...query.Series) query.Output { return query.Output{ID: "out", Series: all} }

// series returns a series with a point at each of these seconds.
func series(metric string, tags map[string]string, seconds ...int64) query.Series {
	s := query.Series{Metric: metric, Tags: tags}
	for _, at := range seconds {
		s.Points = append(s.Points, query.Point{UnixMilli: at * 1000, Value: float64(at) / 4})
	}
	return s
}

func twoHosts() *query.Frame {
	return output(
		series("node.cpu", map[string]string{"host": "a", "zone": "eu"}, 1714564800, 1714564830, 1714564890),
		series("node.cpu", map[string]string{"host": "b"}, 1714564800, 1714564860),
	).Frame()
}

func oddValues() *query.Frame {
	s := query.Series{Metric: "odd"}
	for i, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat64, math.SmallestNonzeroFloat64} {
		s.Points = append(s.Points, query.Point{UnixMilli: int64(i)*7919 - 10_000, Value: v})
	}
	return output(s, series("missing", nil)).Frame()
}

func oddNames() *query.Frame {
	return output(
		series("a.b/c d", map[string]string{"metric": "x", "tag:": "y", "größe": "☃ \"1\"\n", "": ""}, 1),
		series("", nil, 1), series("time", nil, 2),
	).Frame()
}

func long(rows int64) *query.Frame {
	var all, some []int64
	for i := range rows {
		all = append(all, i)
		if i%3 == 0 {
			some = append(some, i)
		}
	}
	return output(series("all", nil, all...), series("some", nil, some...)).Frame()
}

// wide has twice as many rows as columns, and nearly all cells missing.
func wide(columns int64) *query.Frame {
	var all []query.Series
	for i := range columns {
		all = append(all, series("c", nil, i))
	}
	var every []int64
	for i := range 2 * columns {
		every = append(every, i)
	}
	return output(append(all, series("every", nil, every...))...).Frame()
}

// checked returns an allocator that fails the test where memory is not given
// back.
func checked(t *testing.T) *memory.CheckedAllocator {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

func mustRecord(t *testing.T, f *query.Frame, mem memory.Allocator) arrow.RecordBatch {
	t.Helper()
	batch, err := Record(f, mem)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

func TestRecordEqualsTheFrame(t *testing.T) {
	for name, frame := range frames {
		t.Run(name, func(t *testing.T) {
			f, mem := frame(), checked(t)
			batch := mustRecord(t, f, mem)
			defer batch.Release()
			if !batch.Schema().Equal(Schema(f)) {
				t.Errorf("schema %v", batch.Schema())
			}
			compareRows(t, f, 0, batch)
		})
	}
}

func TestRecordWithoutAllocator(t *testing.T) {
	f := twoHosts()
	batch := mustRecord(t, f, nil)
	defer batch.Release()
	compareRows(t, f, 0, batch)
}

func TestMissingCellsAreNull(t *testing.T) {
	batch := mustRecord(t, twoHosts(), checked(t))
	defer batch.Release()
	for i, want := range []string{
		"[2024-05-01T12:00:00Z 2024-05-01T12:00:30Z 2024-05-01T12:01:00Z 2024-05-01T12:01:30Z]",
		"[4.286412e+08 4.286412075e+08 (null) 4.286412225e+08]",
		"[4.286412e+08 (null) 4.28641215e+08 (null)]",
	} {
		var got string
		for row := range batch.Column(i).Len() {
			got += " " + batch.Column(i).ValueStr(row)
		}
		if got = "[" + got[1:] + "]"; got != want {
			t.Errorf("column %d: %s, want %s", i, got, want)
		}
	}
}

func TestSchema(t *testing.T) {
	s := Schema(twoHosts())
	if at := s.Field(0); at.Name != "time" || at.Type.String() != "timestamp[ms, tz=UTC]" || at.Nullable {
		t.Errorf("first field %v", at)
	}
	cpu := s.Field(1)
	if cpu.Name != "node.cpu{host:a, zone:eu}" || cpu.Type.ID() != arrow.FLOAT64 || !cpu.Nullable {
		t.Errorf("second field %v", cpu)
	}
	want := arrow.NewMetadata([]string{"metric", "tag:host", "tag:zone"}, []string{"node.cpu", "a", "eu"})
	if !cpu.Metadata.Equal(want) || !slices.Equal(cpu.Metadata.Keys(), want.Keys()) {
		t.Errorf("metadata %v", cpu.Metadata)
	}
}

// compareRows compares a batch with the rows of the frame from one on, bit by bit.
func compareRows(t *testing.T, f *query.Frame, from int, batch arrow.RecordBatch) {
	t.Helper()
	times := batch.Column(0).(*array.Timestamp)
	for row := range times.Len() {
		if got := times.Value(row).ToTime(arrow.Millisecond); times.IsNull(row) || !got.Equal(f.Time(from+row)) {
			t.Fatalf("row %d is at %v, want %v", from+row, got.Format(time.RFC3339Nano), f.Time(from+row))
		}
	}
	for i, name := range f.Columns() {
		if got := batch.ColumnName(i + 1); got != name {
			t.Errorf("column %d is %q, want %q", i, got, name)
		}
		compareCells(t, f.ColumnAt(i), from, batch.Column(i+1).(*array.Float64))
	}
}

func compareCells(t *testing.T, want query.Column, from int, got *array.Float64) {
	t.Helper()
	for row := range got.Len() {
		v, ok := want.At(from + row)
		if got.IsValid(row) != ok || ok && math.Float64bits(got.Value(row)) != math.Float64bits(v) {
			t.Fatalf("%s in row %d: %v, want %v (%t)", want.Name(), from+row, got.ValueStr(row), v, ok)
		}
	}
}
