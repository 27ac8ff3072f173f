package arrow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"github.com/apptuitai/apptuit-go/query"
)

// A row is one of a long table, as text.
type row struct {
	at    int64
	texts string
	bits  uint64
}

// rowsOf returns the rows that a frame should have.
func rowsOf(f *query.Frame) (rows []row) {
	keys := f.TagKeys()
	for output, s := range f.Series() {
		var texts []string
		if f.Outputs() > 1 {
			texts = append(texts, output)
		}
		texts = append(texts, s.Metric)
		for _, key := range keys {
			value, ok := s.Tags[key]
			if !ok {
				value = array.NullValueStr
			}
			texts = append(texts, value)
		}
		for _, p := range s.Points {
			rows = append(rows, row{p.UnixMilli, strings.Join(texts, "|"), math.Float64bits(p.Value)})
		}
	}
	return rows
}

// readRows returns the rows of a batch.
func readRows(batch arrow.RecordBatch) (rows []row) {
	last := int(batch.NumCols()) - 1
	times, values := batch.Column(0).(*array.Timestamp), batch.Column(last).(*array.Float64)
	for i := range int(batch.NumRows()) {
		var texts []string
		for c := 1; c < last; c++ {
			texts = append(texts, batch.Column(c).ValueStr(i))
		}
		rows = append(rows, row{int64(times.Value(i)), strings.Join(texts, "|"), math.Float64bits(values.Value(i))})
	}
	return rows
}

// longFrames are frames that the long form has to hold.
func longFrames() map[string]func() *query.Frame {
	all := map[string]func() *query.Frame{
		"two outputs": func() *query.Frame {
			mean, most := output(series("m", map[string]string{"h": "a"}, 1, 2)), output(series("m", map[string]string{"h": "a"}, 2, 3))
			mean.ID, most.ID = "mean", "most"
			return (&query.Result{Outputs: []query.Output{mean, most}}).Frame()
		},
		"taken names": func() *query.Frame {
			return output(series("m", map[string]string{"time": "a", "Value": "b", "metric": "c", "tag_time": "d", "HOST": "e", "host": "f"}, 1)).Frame()
		},
		"sparse": func() *query.Frame { return apart(1000, 10) },
	}
	for name, frame := range frames {
		all[name] = frame
	}
	return all
}

func TestLongFilesEqualTheFrame(t *testing.T) {
	for kind, format := range formats {
		for name, frame := range longFrames() {
			for _, c := range []Compression{Uncompressed, Zstd, LZ4} {
				f, mem := frame(), memory.DefaultAllocator // the reader of Parquet keeps a little
				var text bytes.Buffer
				must(t, format.write(&text, f, mem, small, Long(), WithCompression(c)))
				var got []row
				format.read(t, text.Bytes(), mem, func(schema *arrow.Schema, batch arrow.RecordBatch) {
					if batch == nil {
						compareSchema(t, schema, Schema(f, Long()))
						return
					}
					got = append(got, readRows(batch)...)
				})
				if want := rowsOf(f); !slices.Equal(got, want) {
					t.Errorf("%s of %s, %s: %d rows, want %d", kind, name, c, len(got), len(want))
				}
			}
		}
	}
}

func TestLongRecord(t *testing.T) {
	for name, frame := range longFrames() {
		f := frame()
		batch, err := Record(f, checked(t), Long())
		must(t, err)
		if got, want := readRows(batch), rowsOf(f); !slices.Equal(got, want) || !batch.Schema().Equal(Schema(f, Long())) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		batch.Release()
	}
}

func TestLongColumnsCannotCollide(t *testing.T) {
	f := longFrames()["taken names"]()
	var names []string
	for _, field := range Schema(f, Long()).Fields() {
		names = append(names, field.Name)
	}
	if want := "time metric HOST tag_Value tag_host tag_metric tag_tag_time tag_time value"; strings.Join(names, " ") != want {
		t.Errorf("%s, want %s", strings.Join(names, " "), want)
	}
}

// stream passes on the series of a frame, and then an error, where there is one.
func stream(f *query.Frame, end error) iter.Seq2[query.Series, error] {
	return func(yield func(query.Series, error) bool) {
		for _, s := range f.Series() {
			if !yield(s, nil) {
				return
			}
		}
		if end != nil {
			yield(query.Series{}, end)
		}
	}
}

func TestStreamEqualsTheFrame(t *testing.T) {
	for name, frame := range longFrames() {
		f := frame()
		if f.Outputs() > 1 {
			continue
		}
		var text bytes.Buffer
		must(t, StreamParquet(&text, stream(f, nil), f.TagKeys(), WithRowGroup(7)))
		var got []row
		readParquet(t, text.Bytes(), memory.DefaultAllocator, func(_ *arrow.Schema, batch arrow.RecordBatch) {
			if batch != nil {
				got = append(got, readRows(batch)...)
			}
		})
		if want := rowsOf(f); !slices.Equal(got, want) || pieces(t, "Parquet", text.Bytes()) != (len(want)+6)/7 {
			t.Errorf("%s: %d rows, want %d", name, len(got), len(want))
		}
	}
}

func TestStreamErrors(t *testing.T) {
	broken, f := errors.New("broken"), twoHosts()
	keys := f.TagKeys()
	if err := StreamParquet(io.Discard, stream(f, broken), keys); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := StreamParquet(&disk{room: 10}, stream(f, nil), keys); !errors.Is(err, errFull) {
		t.Error(err)
	}
	for want, err := range map[string]error{
		`the tag "zone"`:  StreamParquet(io.Discard, stream(f, nil), []string{"host"}),
		"WithRowGroup":    WriteParquet(io.Discard, f, WithRowGroup(-1)),
		"WithCompression": WriteIPC(io.Discard, f, WithCompression(Snappy)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// hosts returns series that were each measured at seconds of their own.
func hosts(n, points int) *query.Frame {
	r := rand.New(rand.NewPCG(1, 2))
	o := query.Output{ID: "cpu"}
	for i := range n {
		s := query.Series{Metric: "node.cpu", Tags: map[string]string{"host": fmt.Sprintf("node-%03d", i), "zone": fmt.Sprintf("zone-%d", i%5), "type": "idle"}}
		for j := range points {
			s.Points = append(s.Points, query.Point{UnixMilli: 1_714_564_800_000 + int64(j*10_000+i*10), Value: r.Float64() * 100})
		}
		o.Series = append(o.Series, s)
	}
	return o.Frame()
}

// A thousand hosts that were each measured at times of their own are a few megabytes.
func TestLongParquetIsSmallAndQuick(t *testing.T) {
	f := hosts(1000, 360)
	var text bytes.Buffer
	began := time.Now()
	must(t, WriteParquet(&text, f, Long()))
	t.Logf("%d KiB in %v", text.Len()>>10, time.Since(began))
	if text.Len() > 5_000_000 {
		t.Errorf("%d bytes", text.Len())
	}
}

// A stream holds no more than a row group, however much comes.
func TestStreamBoundsMemory(t *testing.T) {
	points := make([]query.Point, 10_000)
	series := func(yield func(query.Series, error) bool) {
		for i := range 300 {
			if !yield(query.Series{Metric: "m", Tags: map[string]string{"i": fmt.Sprint(i)}, Points: points}, nil) {
				return
			}
		}
	}
	heaptest.Within(t, 24<<20, func() { must(t, StreamParquet(io.Discard, series, []string{"i"})) })
}

func BenchmarkLong(b *testing.B) {
	f := hosts(1000, 360)
	for name, write := range map[string]func(io.Writer) error{
		"Parquet":      func(w io.Writer) error { return WriteParquet(w, f, Long()) },
		"Parquet zstd": func(w io.Writer) error { return WriteParquet(w, f, Long(), WithCompression(Zstd)) },
		"IPC":          func(w io.Writer) error { return WriteIPC(w, f, Long()) },
		"CSV":          func(w io.Writer) error { return f.WriteLongCSV(w) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var n counter
			for b.Loop() {
				n = 0
				must(b, write(&n))
			}
			b.ReportMetric(float64(n), "file-bytes")
		})
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
