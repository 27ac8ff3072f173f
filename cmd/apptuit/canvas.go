package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apptuitai/apptuit-go/cmd/apptuit/chart"
	"github.com/apptuitai/apptuit-go/query"
)

const (
	defaultWidth = 80 // columns, where there is no terminal to ask
	chartHeight  = 14 // rows
	defaultTop   = chart.MaxLines
)

// A canvas is what charts are drawn on.
type canvas struct {
	width int // in columns
	color bool
	view  view
}

// A view is what of the series is looked at.
type view struct {
	start, end time.Time
	zone       *time.Location
	top        int // series of a chart, by their greatest value
}

func (a printer) canvas(v view) canvas {
	return canvas{cmp.Or(a.width, defaultWidth), a.color, v}
}

// write draws a chart for each output.
func (c canvas) write(w io.Writer, result *query.Result) error {
	for i, o := range result.Outputs {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := c.draw(w, o); err != nil {
			return err
		}
	}
	return nil
}

func (c canvas) draw(w io.Writer, o query.Output) error {
	names := newNaming(o.Series)
	fmt.Fprintf(w, "%s\n\n", clip(names.title(o.ID), max(c.width, minName)))
	drawn := highest(o.Series, min(c.view.top, chart.MaxLines))
	text := chart.Draw(lines(drawn), chart.Config{
		Width: c.width, Height: chartHeight, Start: c.view.start, End: c.view.end, Zone: c.view.zone, Color: c.color,
	})
	if text == "" {
		_, err := fmt.Fprintln(w, "  no value that could be drawn: "+oddities(o.Series))
		return err
	}
	fmt.Fprintf(w, "%s\n\n", text)
	if err := c.legend(w, drawn, names); err != nil {
		return err
	}
	if hidden := len(o.Series) - len(drawn); hidden > 0 {
		fmt.Fprintf(w, "  and %s, none of which goes higher\n", plural(hidden, "more series"))
	}
	return nil
}

// highest returns the n series with the greatest values, in the order they came.
func highest(series []query.Series, n int) []query.Series {
	if len(series) <= n {
		return series
	}
	order := make([]int, len(series))
	greatest := make([]float64, len(series))
	for i, s := range series {
		order[i], greatest[i] = i, summarize(s.Points).greatest
	}
	// NaN, of a series without values, is less than all.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(greatest[b], greatest[a]) })
	order = order[:n]
	slices.Sort(order)
	kept := make([]query.Series, n)
	for i, at := range order {
		kept[i] = series[at]
	}
	return kept
}

func lines(series []query.Series) []chart.Line {
	all := make([]chart.Line, len(series))
	for i, s := range series {
		all[i] = lineOf(s.Points)
	}
	return all
}

func lineOf(points []query.Point) chart.Line {
	line := make(chart.Line, len(points))
	for i, p := range points {
		line[i] = chart.Point(p)
	}
	return line
}

// oddities says what the points are that no chart can show.
func oddities(series []query.Series) string {
	nan, infinite := 0, 0
	for _, s := range series {
		for _, p := range s.Points {
			switch {
			case math.IsNaN(p.Value):
				nan++
			case math.IsInf(p.Value, 0):
				infinite++
			}
		}
	}
	if nan+infinite == 0 {
		return "the series have no points in this time"
	}
	return fmt.Sprintf("%d are NaN, %d infinite", nan, infinite)
}

// legend says which line is whose, and its values. Where they do not fit beside
// the names, the mean and the least are left out, and the names are cut.
func (c canvas) legend(w io.Writer, drawn []query.Series, names naming) error {
	var rows [][]string
	for _, s := range drawn {
		rows = append(rows, append([]string{names.label(s)}, summarize(s.Points).cells()...))
	}
	table := newGrid([]string{"", "MIN", "MEAN", "MAX", "LAST"}, rows)
	table.left = true
	margin := 2
	if mark := chart.Mark(0, len(drawn), c.color); mark != "" {
		margin += markWidth(mark) + 1
	}
	table.leave(max(c.width, minWidth) - margin)
	table.clipFirst(max(c.width, minWidth) - margin)
	lead := func(row int) string {
		mark := ""
		if row > 0 {
			mark = chart.Mark(row-1, len(drawn), c.color)
		}
		return "  " + mark + strings.Repeat(" ", max(margin-2-markWidth(mark), 0))
	}
	return table.writeLed(w, lead)
}

// minWidth is what a legend takes at least.
const minWidth = 40

// markWidth returns the columns of a mark, whose colour takes none.
func markWidth(mark string) int {
	if strings.HasPrefix(mark, "\x1b") {
		return 2
	}
	return utf8.RuneCountInString(mark)
}
