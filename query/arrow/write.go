package arrow

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/apptuitai/apptuit-go/query"
)

// fileCells is how many cells a file may have for each point of the frame.
const fileCells = 100

// A bound is how much is written at once: a frame may have far more missing cells
// than would fit in memory.
type bound struct{ rows, cells int }

var usual = bound{rows: 128 << 10, cells: 8 << 20}

// of returns how many rows of so many columns to write at once.
func (b bound) of(columns int) int { return max(1, min(b.rows, b.cells/columns)) }

// WriteIPC writes a frame as an Arrow IPC file, which is Feather version 2. It
// does not close w, whose error it returns. For a table of more than 100
// cells for each point, and more than 8 Mi in all, the error is [query.ErrSparse],
// before anything is written.
func WriteIPC(w io.Writer, f *query.Frame) error {
	return writeIPC(w, f, memory.DefaultAllocator, usual)
}

// WriteParquet writes a frame as a Parquet file, compressed by Snappy, with the
// Arrow schema in it. It does not close w, whose error it returns, and refuses what
// [WriteIPC] refuses.
func WriteParquet(w io.Writer, f *query.Frame) error {
	return writeParquet(w, f, memory.DefaultAllocator, usual)
}

// A batchWriter takes the records of a file.
type batchWriter interface {
	Write(arrow.RecordBatch) error
	Close() error
}

func writeIPC(w io.Writer, f *query.Frame, mem memory.Allocator, b bound) error {
	if err := f.CheckCells(fileCells); err != nil {
		return failed("arrow", err)
	}
	schema := Schema(f)
	file, err := ipc.NewFileWriter(onlyWriter{w}, ipc.WithSchema(schema), ipc.WithAllocator(mem))
	if err != nil {
		return failed("arrow", err)
	}
	return failed("arrow", write(file, f, schema, mem, b.of(schema.NumFields())))
}

func writeParquet(w io.Writer, f *query.Frame, mem memory.Allocator, b bound) error {
	if err := f.CheckCells(fileCells); err != nil {
		return failed("parquet", err)
	}
	schema := Schema(f)
	file, err := pqarrow.NewFileWriter(schema, onlyWriter{w},
		parquet.NewWriterProperties(parquet.WithAllocator(mem), parquet.WithCompression(compress.Codecs.Snappy)),
		pqarrow.NewArrowWriterProperties(pqarrow.WithAllocator(mem), pqarrow.WithStoreSchema()))
	if err != nil {
		return failed("parquet", err)
	}
	return failed("parquet", write(file, f, schema, mem, b.of(schema.NumFields())))
}

func failed(format string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("apptuit: %s: %w", format, err)
}

// write writes a frame, step rows at once.
func write(file batchWriter, f *query.Frame, schema *arrow.Schema, mem memory.Allocator, step int) error {
	for from := 0; from < f.Len(); from += step {
		if err := writeRows(file, record(f, schema, mem, from, min(from+step, f.Len()))); err != nil {
			_ = file.Close() // it gives back memory; what went wrong is known
			return err
		}
	}
	return file.Close()
}

func writeRows(file batchWriter, rows arrow.RecordBatch) error {
	defer rows.Release()
	return file.Write(rows)
}

// onlyWriter hides that a writer can be closed, which is its owner's to do.
type onlyWriter struct{ io.Writer }
