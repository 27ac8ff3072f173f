package arrow

import (
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/apptuitai/apptuit-go/query"
)

const (
	// TimeColumn is the name of the first column. No series has it: their names
	// end in a brace.
	TimeColumn = "time"
	// MetricKey is where a field's metadata has the metric of its series.
	MetricKey = "metric"
	// tagKey is where a field's metadata has the key of its tag, in the long form.
	tagKey = "tag"
	// TagPrefix stands in front of the key of a tag in a field's metadata.
	TagPrefix = "tag:"
)

// recordCells is how many cells a record may have for each point of the frame: all
// of them are in memory.
const recordCells = 10

var timeType = &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "UTC"}

// Record returns a frame as one record batch, with every cell in it, missing or
// not. Its memory is mem's, that of [memory.DefaultAllocator] where mem is nil;
// the caller releases the batch. It shares nothing with the frame. The error is
// [query.ErrSparse] for a table of more than 10 cells for each point, and more than
// 8 Mi in all: [WriteIPC] and [WriteParquet] take more. With [Long] there is no such
// bound.
func Record(f *query.Frame, mem memory.Allocator, opts ...Option) (arrow.RecordBatch, error) {
	if mem == nil {
		mem = memory.DefaultAllocator
	}
	if newConfig(opts).long {
		return longRecord(f, mem), nil
	}
	if err := f.CheckCells(recordCells); err != nil {
		return nil, failed("arrow", err)
	}
	return record(f, Schema(f), mem, 0, f.Len()), nil
}

// longRecord returns all rows of the long form.
func longRecord(f *query.Frame, mem memory.Allocator) arrow.RecordBatch {
	t := longOf(f, mem)
	for output, s := range f.Series() {
		t.append(t.places(output, s), s.Points)
	}
	return t.record()
}

// Schema returns the schema of a frame's records.
func Schema(f *query.Frame, opts ...Option) *arrow.Schema {
	if newConfig(opts).long {
		return longSchema(f.TagKeys(), f.Outputs() > 1)
	}
	n := len(f.Columns())
	fields := make([]arrow.Field, 1, n+1)
	fields[0] = arrow.Field{Name: TimeColumn, Type: timeType}
	for i := range n {
		fields = append(fields, field(f.ColumnAt(i)))
	}
	return arrow.NewSchema(fields, nil)
}

func field(c query.Column) arrow.Field {
	s := c.Series()
	keys, values := []string{MetricKey}, []string{s.Metric}
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		keys, values = append(keys, TagPrefix+key), append(values, s.Tags[key])
	}
	return arrow.Field{
		Name:     c.Name(),
		Type:     arrow.PrimitiveTypes.Float64,
		Nullable: true,
		Metadata: arrow.NewMetadata(keys, values),
	}
}

// record returns the rows of a frame from one row to before another.
func record(f *query.Frame, schema *arrow.Schema, mem memory.Allocator, from, to int) arrow.RecordBatch {
	columns := make([]arrow.Array, 1, schema.NumFields())
	columns[0] = times(f, mem, from, to)
	for i := range schema.NumFields() - 1 {
		columns = append(columns, cells(f.ColumnAt(i), mem, from, to))
	}
	batch := array.NewRecordBatch(schema, columns, int64(to-from))
	for _, c := range columns {
		c.Release() // the batch holds it now
	}
	return batch
}

func times(f *query.Frame, mem memory.Allocator, from, to int) arrow.Array {
	b := array.NewTimestampBuilder(mem, timeType)
	defer b.Release()
	b.Reserve(to - from)
	for row := from; row < to; row++ {
		b.UnsafeAppend(arrow.Timestamp(f.Time(row).UnixMilli()))
	}
	return b.NewArray()
}

func cells(c query.Column, mem memory.Allocator, from, to int) arrow.Array {
	b := array.NewFloat64Builder(mem)
	defer b.Release()
	b.Reserve(to - from)
	for row := from; row < to; row++ {
		v, ok := c.At(row)
		if !ok {
			b.AppendNull()
			continue
		}
		b.UnsafeAppend(v)
	}
	return b.NewArray()
}
