package query

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// A Frame is an output as a table: a row for each time at which any series has
// a point, in order of time, and a column for each series. A cell is missing
// where its series has no point at that time. A frame shares its series and their
// points with what it was made of, which is not to be changed while it is used. Beside
// them it takes less than they do, however many cells are missing and however long the
// names are: a name is made when it is asked for.
type Frame struct {
	times   []int64 // milliseconds, ascending
	columns []held
	outputs int
	named   int64 // the bytes of all names, about
}

// A held is what a frame holds of each series.
type held struct {
	series *Series
	points []Point // ascending
	output string  // its id
	rank   int     // among those of its name, from 1
}

// Frame returns the output as a table. Its columns are in the order of the
// series. Of several points of a series with one time the last counts.
func (o Output) Frame() *Frame { return frameOf([]Output{o}) }

// Frame returns the series of all outputs as one table. Where there are several outputs,
// the names of its columns begin with the output's id, as in mean=cpu{host:a}.
func (r *Result) Frame() *Frame { return frameOf(r.Outputs) }

func frameOf(outputs []Output) *Frame {
	n := 0
	for _, o := range outputs {
		n += len(o.Series)
	}
	f := &Frame{outputs: len(outputs), columns: make([]held, 0, n)}
	for _, o := range outputs {
		for i := range o.Series {
			s := &o.Series[i]
			f.columns = append(f.columns, held{series: s, points: ascending(s.Points), output: o.ID})
		}
	}
	f.rank()
	f.times = union(f.columns)
	return f
}

// A hashed is a column by the hash of its name.
type hashed struct {
	hash uint64
	at   int
}

var nameSeed = maphash.MakeSeed()

// rank counts the columns of each name. Two names that happen to have one hash are
// counted together, and so are still two.
func (f *Frame) rank() {
	all := make([]hashed, len(f.columns))
	var name []byte
	id, prefix := "", uint64(0)
	for i, c := range f.columns {
		if i == 0 || c.output != id {
			id, prefix = c.output, maphash.String(nameSeed, c.output)
		}
		name = c.series.appendName(binary.NativeEndian.AppendUint64(name[:0], prefix))
		all[i] = hashed{maphash.Bytes(nameSeed, name), i}
		f.named += int64(len(name))
		if f.outputs > 1 {
			f.named += int64(len(id))
		}
	}
	slices.SortFunc(all, func(a, b hashed) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.at, b.at))
	})
	for i, c := range all {
		rank := &f.columns[c.at].rank
		*rank = 1
		if i > 0 && all[i-1].hash == c.hash {
			*rank = f.columns[all[i-1].at].rank + 1
		}
	}
}

// appendName appends the name of a column: that of the series, behind the output's
// where there are several, and before its rank, where it is not the first.
func (f *Frame) appendName(dst []byte, c held) []byte {
	if f.outputs > 1 {
		dst = append(appendPlain(dst, c.output, "={"), '=')
	}
	dst = c.series.appendName(dst)
	if c.rank > 1 {
		dst = strconv.AppendInt(append(dst, '#'), int64(c.rank), 10)
	}
	return dst
}

// ascending returns points in order of time, one for each time. It edits
// nothing, and copies only what is not so already.
func ascending(points []Point) []Point {
	if isAscending(points) {
		return points
	}
	sorted := slices.Clone(points)
	slices.SortStableFunc(sorted, func(a, b Point) int { return cmp.Compare(a.UnixMilli, b.UnixMilli) })
	kept := sorted[:0]
	for i, p := range sorted {
		if i+1 == len(sorted) || sorted[i+1].UnixMilli != p.UnixMilli {
			kept = append(kept, p)
		}
	}
	return kept
}

func isAscending(points []Point) bool {
	for i := 1; i < len(points); i++ {
		if points[i].UnixMilli <= points[i-1].UnixMilli {
			return false
		}
	}
	return true
}

// union returns the times of all columns, ascending. It joins halves, so that no
// time is looked at more often than log(columns).
func union(columns []held) []int64 {
	switch len(columns) {
	case 0:
		return nil
	case 1:
		return columns[0].times()
	}
	half := len(columns) / 2
	return merge(union(columns[:half]), union(columns[half:]))
}

func merge(a, b []int64) []int64 {
	if slices.Equal(a, b) {
		return a
	}
	out := make([]int64, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		next := min(a[0], b[0])
		out = append(out, next)
		if a[0] == next {
			a = a[1:]
		}
		if b[0] == next {
			b = b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// String tells how large the frame is. So does every verb of fmt, and slog: what is
// in it may be far too much to print.
func (f *Frame) String() string {
	if f == nil {
		return "no frame"
	}
	return fmt.Sprintf("frame of %d rows and %d columns", len(f.times), len(f.columns))
}

// Format writes [Frame.String], whatever the verb.
func (f *Frame) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.String()) }

// LogValue is [Frame.String].
func (f *Frame) LogValue() slog.Value { return slog.StringValue(f.String()) }

// Len returns how many rows there are.
func (f *Frame) Len() int { return len(f.times) }

// Time returns the time of a row, counted from 0, in UTC.
func (f *Frame) Time(row int) time.Time { return Point{UnixMilli: f.times[row]}.Time() }

// Columns returns the names of the columns, each a [Series.Name]. No two are equal: the
// second of a name has "#2" behind it. Where an answer may be anything, ask CheckCells
// first, which bounds the names too.
func (f *Frame) Columns() []string {
	names := make([]string, len(f.columns))
	for i := range f.columns {
		names[i] = f.ColumnAt(i).Name()
	}
	return names
}

// Column returns a column by its name.
func (f *Frame) Column(name string) (Column, bool) {
	var own []byte
	for i, c := range f.columns {
		if own = f.appendName(own[:0], c); string(own) == name {
			return f.ColumnAt(i), true
		}
	}
	return Column{}, false
}

// ColumnAt returns a column by its place, counted from 0.
func (f *Frame) ColumnAt(i int) Column { return Column{f, f.columns[i]} }

// Rows returns the rows with their times, in UTC, in order of time.
func (f *Frame) Rows() iter.Seq2[time.Time, Row] {
	return func(yield func(time.Time, Row) bool) {
		for i := range f.times {
			if !yield(f.Time(i), Row{f, i}) {
				return
			}
		}
	}
}
