package arrow

import (
	"fmt"
	"io"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
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
// does not close w, whose error it returns. Without [Long], for a table of more than 100
// cells for each point, and more than 8 Mi in all, the error is [query.ErrSparse],
// before anything is written.
func WriteIPC(w io.Writer, f *query.Frame, opts ...Option) error {
	return writeIPC(w, f, memory.DefaultAllocator, usual, opts...)
}

// WriteParquet writes a frame as a Parquet file, compressed by Snappy unless
// [WithCompression] says otherwise, with the Arrow schema in it. It does not close w,
// whose error it returns, and refuses what [WriteIPC] refuses.
func WriteParquet(w io.Writer, f *query.Frame, opts ...Option) error {
	return writeParquet(w, f, memory.DefaultAllocator, usual, opts...)
}

// StreamParquet writes series as they come, such as those of [query.Client.Raw], as a
// Parquet file in the form of [Long]. It holds no more than a row group, so that what is
// written may be larger than memory. keys are the keys of all tags
// ([query.Client.TagKeys]); a series with another one is an error. The error is that of
// the series, or w's. An IPC file cannot be written so: it has one dictionary for all of
// its rows, in front of them.
func StreamParquet(w io.Writer, series iter.Seq2[query.Series, error], keys []string, opts ...Option) error {
	cfg := newConfig(opts)
	cfg.long = true
	t := newLongTable(keys, false, memory.DefaultAllocator)
	return failed("parquet", cfg.stream(openParquet, w, t, withKeys(series, keys), usual))
}

// A batchWriter takes the records of a file.
type batchWriter interface {
	Write(arrow.RecordBatch) error
	Close() error
}

// An opener begins a file.
type opener func(w io.Writer, schema *arrow.Schema, mem memory.Allocator, cfg config) (batchWriter, error)

func writeIPC(w io.Writer, f *query.Frame, mem memory.Allocator, b bound, opts ...Option) error {
	return failed("arrow", newConfig(opts).write(openIPC, w, f, mem, b))
}

func writeParquet(w io.Writer, f *query.Frame, mem memory.Allocator, b bound, opts ...Option) error {
	return failed("parquet", newConfig(opts).write(openParquet, w, f, mem, b))
}

func openIPC(w io.Writer, schema *arrow.Schema, mem memory.Allocator, cfg config) (batchWriter, error) {
	opts, err := cfg.compression.ipc()
	if err != nil {
		return nil, err
	}
	return ipc.NewFileWriter(onlyWriter{w}, append(opts, ipc.WithSchema(schema), ipc.WithAllocator(mem))...)
}

func openParquet(w io.Writer, schema *arrow.Schema, mem memory.Allocator, cfg config) (batchWriter, error) {
	codec, err := cfg.compression.parquet()
	if err != nil {
		return nil, err
	}
	opts := []parquet.WriterProperty{parquet.WithAllocator(mem), parquet.WithCompression(codec)}
	if cfg.long { // the times of a series are an even ladder, which its differences make small
		opts = append(opts, parquet.WithDictionaryFor(TimeColumn, false), parquet.WithEncodingFor(TimeColumn, parquet.Encodings.DeltaBinaryPacked),
			parquet.WithDictionaryCostFallbackFor(valueColumn, true))
	}
	return pqarrow.NewFileWriter(schema, onlyWriter{w}, parquet.NewWriterProperties(opts...),
		pqarrow.NewArrowWriterProperties(pqarrow.WithAllocator(mem), pqarrow.WithStoreSchema()))
}

func failed(format string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("apptuit: %s: %w", format, err)
}

// write writes a frame in its form.
func (c config) write(open opener, w io.Writer, f *query.Frame, mem memory.Allocator, b bound) error {
	if c.long {
		return c.stream(open, w, longOf(f, mem), seriesOf(f), b)
	}
	if err := f.CheckCells(fileCells); err != nil {
		return err
	}
	schema := Schema(f)
	return c.writeAll(open, w, schema, mem, b, func(rows int) iter.Seq2[arrow.RecordBatch, error] {
		return wideBatches(f, schema, mem, rows)
	})
}

func (c config) stream(open opener, w io.Writer, t *longTable, series iter.Seq2[labelled, error], b bound) error {
	return c.writeAll(open, w, t.schema, t.mem, b, func(rows int) iter.Seq2[arrow.RecordBatch, error] {
		return t.batches(series, rows)
	})
}

func wideBatches(f *query.Frame, schema *arrow.Schema, mem memory.Allocator, step int) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for from := 0; from < f.Len(); from += step {
			if !yield(record(f, schema, mem, from, min(from+step, f.Len())), nil) {
				return
			}
		}
	}
}

// writeAll writes batches of as many rows as the bound and the options allow.
func (c config) writeAll(open opener, w io.Writer, schema *arrow.Schema, mem memory.Allocator, b bound, batches func(rows int) iter.Seq2[arrow.RecordBatch, error]) error {
	b, err := c.bound(b)
	if err != nil {
		return err
	}
	file, err := open(w, schema, mem, c)
	if err != nil {
		return err
	}
	for batch, err := range batches(b.of(schema.NumFields())) {
		if err == nil {
			err = writeRows(file, batch)
		}
		if err != nil {
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
