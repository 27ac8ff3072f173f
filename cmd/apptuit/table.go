package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apptuitai/apptuit-go/cmd/apptuit/chart"
	"github.com/apptuitai/apptuit-go/query"
)

// A tabulator writes tables that fit their terminal.
type tabulator struct {
	width int // columns of the terminal; 0: it is none, and any width fits
	view  view
}

const columnGap = 2 // spaces between two columns of a table

// write writes a table for each output.
func (t tabulator) write(w io.Writer, result *query.Result) error {
	for i, o := range result.Outputs {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := t.output(w, o); err != nil {
			return err
		}
	}
	return nil
}

// output writes a column for each series, called by what tells it from the
// others, or by a number that a legend explains. Where even those do not fit, or
// the times differ, each series has a line.
func (t tabulator) output(w io.Writer, o query.Output) error {
	names := newNaming(o.Series)
	fmt.Fprintf(w, "%s\n\n", names.title(o.ID))
	labels := make([]string, len(o.Series))
	for i, s := range o.Series {
		labels[i] = cmp.Or(names.label(s), "VALUE")
	}
	if len(o.Series)*minColumn > t.room() || sparse(o.Series) {
		return t.lines(w, o, labels)
	}
	rows := t.rows(o)
	if table := newGrid(append([]string{"TIME"}, labels...), rows); table.width() <= t.room() {
		return table.write(w)
	}
	numbers := []string{"TIME"}
	for i := range labels {
		numbers = append(numbers, fmt.Sprintf("[%d]", i+1))
	}
	table := newGrid(numbers, rows)
	if table.width() > t.room() {
		return t.lines(w, o, labels)
	}
	if err := table.write(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for i, label := range labels {
		fmt.Fprintf(w, "%*s %s\n", len(numbers[len(labels)]), numbers[i+1], clip(label, max(t.room()-len(numbers[len(labels)])-1, minName)))
	}
	return nil
}

// minColumn is what a column takes at least: a digit and the gap.
const minColumn = 1 + columnGap

// room returns the columns there are.
func (t tabulator) room() int { return cmp.Or(t.width, 1<<30) }

func (t tabulator) rows(o query.Output) [][]string {
	frame := o.Frame()
	layout := layoutOf(frame)
	var rows [][]string
	for at, row := range frame.Rows() {
		cells := []string{at.In(t.view.zone).Format(layout)}
		for i := range row.Len() {
			cell := "-"
			if v, ok := row.At(i); ok {
				cell = number(v)
			}
			cells = append(cells, cell)
		}
		rows = append(rows, cells)
	}
	return rows
}

// layoutOf returns RFC 3339, with milliseconds where a time has any.
func layoutOf(f *query.Frame) string {
	for i := range f.Len() {
		if f.Time(i).Nanosecond() != 0 {
			return "2006-01-02T15:04:05.000Z07:00"
		}
	}
	return time.RFC3339
}

const (
	minSpark = 8
	maxSpark = 40
	minName  = 20
)

// lines writes a line for each series: its numbers, and how it goes. Where they do
// not fit beside the name, the mean and the least are left out.
func (t tabulator) lines(w io.Writer, o query.Output, labels []string) error {
	names, rows := []string{"SERIES", "MIN", "MEAN", "MAX", "LAST"}, make([][]string, len(o.Series))
	points := 0
	for i, s := range o.Series {
		rows[i] = append([]string{labels[i]}, summarize(s.Points).cells()...)
		points = max(points, len(s.Points))
	}
	table := newGrid(names, rows)
	table.left = true
	table.leave(t.room() - columnGap - minSpark)
	spark := max(min(t.room()-table.width()-columnGap, maxSpark, points), min(minSpark, points))
	table.clipFirst(t.room() - columnGap - spark)
	start, end := t.span(o)
	for i, s := range o.Series {
		table.rows[i+1] = append(table.rows[i+1], chart.Spark(lineOf(s.Points), spark, start, end))
	}
	return table.write(w)
}

// span returns the time that was asked for, else that of the points.
func (t tabulator) span(o query.Output) (start, end time.Time) {
	start, end = t.view.start, t.view.end
	for _, s := range o.Series {
		if len(s.Points) == 0 {
			continue
		}
		first, last := s.Points[0].Time(), s.Points[len(s.Points)-1].Time()
		if t.view.start.IsZero() && (start.IsZero() || first.Before(start)) {
			start = first
		}
		if t.view.end.IsZero() && last.After(end) {
			end = last
		}
	}
	return start, end
}

// A textGrid is cells and how wide each column is.
type textGrid struct {
	rows   [][]string // the first are the names of the columns
	widths []int
	left   bool // the first column begins at the left
}

func newGrid(names []string, rows [][]string) *textGrid {
	g := &textGrid{rows: append([][]string{names}, rows...), widths: make([]int, len(names))}
	for _, row := range g.rows {
		for i, cell := range row {
			g.widths[i] = max(g.widths[i], utf8.RuneCountInString(cell))
		}
	}
	return g
}

func (g *textGrid) width() int {
	total := columnGap * (len(g.widths) - 1)
	for _, w := range g.widths {
		total += w
	}
	return total
}

// remove takes a column out.
func (g *textGrid) remove(i int) {
	for r := range g.rows {
		g.rows[r] = slices.Delete(g.rows[r], i, i+1)
	}
	g.widths = slices.Delete(g.widths, i, i+1)
}

// leave leaves the mean and the least of series out where they do not fit beside a
// name of few characters.
func (g *textGrid) leave(room int) {
	for _, column := range []int{2, 1} {
		if g.width()-g.widths[0]+min(g.widths[0], minName) > room {
			g.remove(column)
		}
	}
}

// clipFirst cuts the cells of the first column until the rest fits beside it.
func (g *textGrid) clipFirst(room int) {
	width := max(room-(g.width()-g.widths[0]), minName)
	for _, row := range g.rows {
		if utf8.RuneCountInString(row[0]) > width {
			row[0] = clip(row[0], width-len("..."))
		}
	}
	g.widths[0] = min(g.widths[0], width)
}

// write writes the cells to the right end of their columns. What a row has beyond
// the columns stands behind them.
func (g *textGrid) write(w io.Writer) error {
	return g.writeLed(w, func(int) string { return "" })
}

// writeLed writes something in front of each row.
func (g *textGrid) writeLed(w io.Writer, lead func(row int) string) error {
	var b strings.Builder
	for n, row := range g.rows {
		b.Reset()
		b.WriteString(lead(n))
		for i, cell := range row {
			if i > 0 {
				b.WriteString(strings.Repeat(" ", columnGap))
			}
			pad := ""
			if i < len(g.widths) {
				pad = strings.Repeat(" ", g.widths[i]-utf8.RuneCountInString(cell))
			}
			if i == 0 && g.left {
				cell, pad = cell+pad, ""
			}
			b.WriteString(pad + cell)
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}
