package query

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/apptuitai/apptuit-go/internal/text"
)

// A Column is a series in a [Frame].
type Column struct {
	frame *Frame
	held
}

// String names the column and its frame, for people.
func (c Column) String() string {
	return "column " + text.Field(c.Name()) + " of " + c.frame.String()
}

// Format writes [Column.String], whatever the verb.
func (c Column) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.String()) }

// Name returns metric{key:value, ...}, as [Frame.Columns] has it.
func (c Column) Name() string {
	if c.frame == nil {
		return ""
	}
	return string(c.frame.appendName(nil, c.held))
}

// Series returns the series as it was answered.
func (c Column) Series() Series {
	if c.series == nil {
		return Series{}
	}
	return *c.series
}

// Len returns how many rows there are.
func (c Column) Len() int { return len(c.frame.times) }

// At returns the value in a row, counted from 0; false where it is missing.
func (c Column) At(row int) (float64, bool) {
	if len(c.points) == len(c.frame.times) {
		return c.points[row].Value, true
	}
	i, ok := slices.BinarySearchFunc(c.points, c.frame.times[row], func(p Point, ms int64) int {
		return cmp.Compare(p.UnixMilli, ms)
	})
	if !ok {
		return 0, false
	}
	return c.points[i].Value, true
}

// All returns the cells from the first row to the last: the value, and whether
// there is one.
func (c Column) All() iter.Seq2[float64, bool] {
	return func(yield func(float64, bool) bool) {
		rest := c.points
		for _, ms := range c.frame.times {
			var value float64
			here := len(rest) > 0 && rest[0].UnixMilli == ms
			if here {
				value, rest = rest[0].Value, rest[1:]
			}
			if !yield(value, here) {
				return
			}
		}
	}
}

func (c held) times() []int64 {
	times := make([]int64, len(c.points))
	for i, p := range c.points {
		times[i] = p.UnixMilli
	}
	return times
}

// A Row is one time of a [Frame]. It stays true after the iteration.
type Row struct {
	frame *Frame
	index int
}

// Len returns how many columns there are.
func (r Row) Len() int { return len(r.frame.columns) }

// At returns the value in a column, counted from 0; false where it is missing.
func (r Row) At(column int) (float64, bool) { return r.frame.ColumnAt(column).At(r.index) }
