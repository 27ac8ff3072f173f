package arrow

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"github.com/apptuitai/apptuit-go/query"
)

// apart returns a frame of series that never share a time, each of so many points.
func apart(columns, points int) *query.Frame {
	var o query.Output
	for i := range columns {
		s := query.Series{Metric: "m", Tags: map[string]string{"i": fmt.Sprint(i)}, Points: make([]query.Point, points)}
		for j := range s.Points {
			s.Points[j].UnixMilli = int64(j*columns + i)
		}
		o.Series = append(o.Series, s)
	}
	return o.Frame()
}

// together returns a frame of series that share their times.
func together(columns, points int) *query.Frame {
	var o query.Output
	for i := range columns {
		s := query.Series{Metric: "m", Tags: map[string]string{"i": fmt.Sprint(i)}, Points: make([]query.Point, points)}
		for j := range s.Points {
			s.Points[j].UnixMilli = int64(j)
		}
		o.Series = append(o.Series, s)
	}
	return o.Frame()
}

// writers are all ways out of a frame.
var writers = map[string]func(*query.Frame) error{
	"record": func(f *query.Frame) error {
		batch, err := Record(f, nil)
		if err == nil {
			batch.Release()
		}
		return err
	},
	"IPC":     func(f *query.Frame) error { return WriteIPC(io.Discard, f) },
	"Parquet": func(f *query.Frame) error { return WriteParquet(io.Discard, f) },
}

// What would be nearly empty is refused before it takes memory.
func TestSparseTablesAreRefused(t *testing.T) {
	for _, f := range []*query.Frame{apart(8000, 1), apart(1000, 360), apart(70_000, 0)} {
		for name, write := range writers {
			heaptest.Within(t, 1<<20, func() {
				if err := write(f); !errors.Is(err, query.ErrSparse) {
					t.Errorf("%s of %v: %v", name, f, err)
				}
			})
		}
	}
}

// What is written takes no more memory than 8 Mi cells, or a record ten for each
// point, and what each column has of its own.
func TestTablesBoundMemory(t *testing.T) {
	for _, f := range []*query.Frame{apart(2500, 1), apart(10, 40_000), together(2, 400_000), together(10_000, 1)} {
		for name, write := range writers {
			held := heaptest.Within(t, 192<<20, func() {
				if err := write(f); err != nil {
					t.Errorf("%s of %v: %v", name, f, err)
				}
			})
			t.Logf("%s of %v: %d MiB", name, f, held>>20)
		}
	}
}
