package query

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// A Frame is an output as a table: a row for each time at which any series has
// a point, in order of time, and a column for each series. A cell is missing
// where its series has no point at that time. A frame shares its points with the
// series it was made of, and takes little beside them, however many cells are
// missing.
type Frame struct {
	times   []int64 // milliseconds, ascending
	columns []Column
	outputs int
}

// Frame returns the output as a table. Its columns are in the order of the
// series. Of several points of a series with one time the last counts.
func (o Output) Frame() *Frame { return frameOf([]Output{o}) }

// Frame returns the series of all outputs as one table. Where there are several outputs,
// the names of its columns begin with the output's id, as in mean=cpu{host:a}.
func (r *Result) Frame() *Frame { return frameOf(r.Outputs) }

func frameOf(outputs []Output) *Frame {
	f := &Frame{outputs: len(outputs)}
	seen := map[string]int{}
	for _, o := range outputs {
		for _, s := range o.Series {
			name := f.nameOf(o.ID, s)
			if seen[name]++; seen[name] > 1 {
				name += "#" + strconv.Itoa(seen[name])
			}
			f.columns = append(f.columns, Column{frame: f, output: o.ID, name: name, series: s, points: ascending(s.Points)})
		}
	}
	f.times = union(f.columns)
	return f
}

// nameOf returns the name of a column: that of the series, behind the output's where
// there are several.
func (f *Frame) nameOf(output string, s Series) string {
	var name []byte
	if f.outputs > 1 {
		name = append(appendPlain(name, output, "={"), '=')
	}
	return string(s.appendName(name))
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
func union(columns []Column) []int64 {
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
// second of a name has "#2" behind it.
func (f *Frame) Columns() []string {
	names := make([]string, len(f.columns))
	for i, c := range f.columns {
		names[i] = c.name
	}
	return names
}

// Column returns a column by its name.
func (f *Frame) Column(name string) (Column, bool) {
	i := slices.IndexFunc(f.columns, func(c Column) bool { return c.name == name })
	if i < 0 {
		return Column{}, false
	}
	return f.columns[i], true
}

// ColumnAt returns a column by its place, counted from 0.
func (f *Frame) ColumnAt(i int) Column { return f.columns[i] }

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
