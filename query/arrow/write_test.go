package arrow

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/apptuitai/apptuit-go/query"
)

// A format is a kind of file: how it is written and read back. read calls each
// with the schema and no batch, and then with every batch.
type format struct {
	write func(io.Writer, *query.Frame, memory.Allocator, bound, ...Option) error
	read  func(t *testing.T, text []byte, mem memory.Allocator, each func(*arrow.Schema, arrow.RecordBatch))
}

var formats = map[string]format{"IPC": {writeIPC, readIPC}, "Parquet": {writeParquet, readParquet}}

func readIPC(t *testing.T, text []byte, mem memory.Allocator, each func(*arrow.Schema, arrow.RecordBatch)) {
	t.Helper()
	r, err := ipc.NewFileReader(bytes.NewReader(text), ipc.WithAllocator(mem))
	must(t, err)
	defer r.Close()
	each(r.Schema(), nil)
	for i := range r.NumRecords() {
		batch, err := r.RecordBatchAt(i)
		must(t, err)
		each(r.Schema(), batch)
		batch.Release()
	}
}

func readParquet(t *testing.T, text []byte, mem memory.Allocator, each func(*arrow.Schema, arrow.RecordBatch)) {
	t.Helper()
	f, err := file.NewParquetReader(bytes.NewReader(text))
	must(t, err)
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: 10_000}, mem)
	must(t, err)
	schema, err := r.Schema()
	must(t, err)
	each(schema, nil)
	batches, err := r.GetRecordReader(t.Context(), nil, nil)
	must(t, err)
	defer batches.Release()
	for batches.Next() {
		each(schema, batches.RecordBatch())
	}
	if err := batches.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// small makes several batches of what is long or wide.
var small = bound{rows: 1000, cells: 3000}

func TestFilesEqualTheFrame(t *testing.T) {
	for kind, format := range formats {
		for name, frame := range frames {
			t.Run(kind+" "+name, func(t *testing.T) { roundTrip(t, format, frame()) })
		}
	}
}

func roundTrip(t *testing.T, format format, f *query.Frame) {
	t.Helper()
	mem, rows := checked(t), 0
	var text bytes.Buffer
	must(t, format.write(&text, f, mem, small))
	format.read(t, text.Bytes(), mem, func(schema *arrow.Schema, batch arrow.RecordBatch) {
		if batch == nil {
			compareSchema(t, schema, Schema(f))
			return
		}
		compareRows(t, f, rows, batch)
		rows += int(batch.NumRows())
	})
	if rows != f.Len() {
		t.Errorf("%d rows, want %d", rows, f.Len())
	}
}

// compareSchema passes over what a kind of file adds to the metadata.
func compareSchema(t *testing.T, got, want *arrow.Schema) {
	t.Helper()
	if got.NumFields() != want.NumFields() {
		t.Fatalf("%d fields, want %d", got.NumFields(), want.NumFields())
	}
	for i, w := range want.Fields() {
		g := got.Field(i)
		if g.Name != w.Name || !arrow.TypeEqual(g.Type, w.Type) || g.Nullable != w.Nullable {
			t.Errorf("field %v, want %v", g, w)
		}
		for key, value := range w.Metadata.ToMap() {
			if v, ok := g.Metadata.GetValue(key); !ok || v != value {
				t.Errorf("%s: metadata %q is %q, want %q", g.Name, key, v, value)
			}
		}
	}
}

func TestFilesInBatches(t *testing.T) {
	for kind, format := range formats {
		for want, f := range map[int]*query.Frame{3: long(2510), 4: wide(70), 1: twoHosts(), 0: (query.Output{}).Frame()} {
			var text bytes.Buffer
			must(t, format.write(&text, f, memory.DefaultAllocator, small))
			if n := pieces(t, kind, text.Bytes()); n != want {
				t.Errorf("%s of %d rows: %d pieces, want %d", kind, f.Len(), n, want)
			}
		}
	}
	for columns, want := range map[int]int{1: 128 << 10, 64: 128 << 10, 128: 64 << 10, 16 << 20: 1} {
		if got := usual.of(columns); got != want {
			t.Errorf("%d columns: %d rows, want %d", columns, got, want)
		}
	}
}

// pieces returns how many batches or row groups a file has.
func pieces(t *testing.T, kind string, text []byte) int {
	t.Helper()
	if kind == "IPC" {
		r, err := ipc.NewFileReader(bytes.NewReader(text))
		must(t, err)
		defer r.Close()
		return r.NumRecords()
	}
	r, err := file.NewParquetReader(bytes.NewReader(text))
	must(t, err)
	defer r.Close()
	return r.NumRowGroups()
}

var errFull = errors.New("disk full")

// A disk takes so many bytes, and counts how often it is closed.
type disk struct{ room, closed int }

func (d *disk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func (d *disk) Close() error {
	d.closed++
	return nil
}

// Wherever writing fails, that is the error. What arrow-go's Parquet writer had
// taken by then is left to the garbage collector: it does not give it back.
func TestWriterFails(t *testing.T) {
	for kind, mem := range map[string]memory.Allocator{"IPC": checked(t), "Parquet": memory.DefaultAllocator} {
		f, format := twoHosts(), formats[kind]
		var whole bytes.Buffer
		must(t, format.write(&whole, f, mem, small))
		for room := range whole.Len() {
			d := &disk{room: room}
			if err := format.write(d, f, mem, small); !errors.Is(err, errFull) {
				t.Fatalf("%s: %v with room for %d of %d bytes", kind, err, room, whole.Len())
			}
		}
		d := &disk{room: whole.Len()}
		if err := format.write(d, f, mem, small); err != nil || d.closed > 0 {
			t.Errorf("%s: %v, closed %d times", kind, err, d.closed)
		}
	}
}
