package main

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/guptarohit/asciigraph"

	"github.com/apptuitai/apptuit-go/query"
)

const (
	defaultWidth = 80 // columns, where there is no terminal to ask
	minPlot      = 20 // columns of a plot, however narrow the terminal
	maxPlot      = 160
	plotHeight   = 12
	axisRoom     = 14 // columns for the numbers beside a plot
	maxLines     = 8  // in one chart: more cannot be told apart
)

var colors = [maxLines]asciigraph.AnsiColor{
	asciigraph.Blue, asciigraph.Red, asciigraph.Green, asciigraph.Orange,
	asciigraph.Purple, asciigraph.Cyan, asciigraph.Magenta, asciigraph.Yellow,
}

// marks draw lines without colours.
var marks = [maxLines]string{"*", "o", "+", "x", "#", "%", "@", "="}

// A canvas is what charts are drawn on.
type canvas struct {
	width int // of a plot, in columns
	color bool
}

func (a *app) canvas() canvas {
	width := a.width
	if width == 0 {
		width = defaultWidth
	}
	return canvas{min(max(width-axisRoom, minPlot), maxPlot), a.color}
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
	drawn, hidden := o.Series, 0
	if len(drawn) > maxLines {
		drawn, hidden = drawn[:maxLines], len(drawn)-maxLines
	}
	g := newGrid(drawn, c.width)
	fmt.Fprintf(w, "%s\n\n", names.title(o.ID))
	if g.empty() {
		_, err := fmt.Fprintln(w, "  no points at two times, between which a line could be drawn")
		return err
	}
	fmt.Fprintln(w, asciigraph.PlotMany(g.columns, c.options(g)...))
	fmt.Fprintln(w)
	for i, s := range drawn {
		fmt.Fprintln(w, c.legend(i, len(drawn), names.label(s), s))
	}
	if hidden > 0 {
		fmt.Fprintf(w, "  and %d more series: filter them, or use another format\n", hidden)
	}
	return nil
}

func (c canvas) options(g grid) []asciigraph.Option {
	opts := []asciigraph.Option{
		asciigraph.Height(plotHeight),
		asciigraph.YAxisValueFormatter(number4),
		asciigraph.XAxisRange(float64(g.first), float64(g.last)),
		asciigraph.XAxisValueFormatter(g.clock()),
	}
	switch {
	case c.color:
		opts = append(opts, asciigraph.SeriesColors(colors[:len(g.columns)]...))
	case len(g.columns) > 1:
		opts = append(opts, asciigraph.SeriesChars(charSets(len(g.columns))...))
	}
	return opts
}

func charSets(n int) []asciigraph.CharSet {
	var sets []asciigraph.CharSet
	for _, mark := range marks[:n] {
		sets = append(sets, asciigraph.CreateCharSet(mark))
	}
	return sets
}

// legend says which line is whose, and where the series ends.
func (c canvas) legend(i, n int, label string, s query.Series) string {
	line := "  "
	switch {
	case c.color:
		line += colors[i].String() + "──" + asciigraph.Default.String() + " "
	case n > 1:
		line += marks[i] + " "
	}
	if label != "" {
		line += label + ": "
	}
	low, high := extremes(s.Points)
	if low > high {
		return line + "no values"
	}
	return line + fmt.Sprintf("min %s, max %s, last %s", number(low), number(high), number(s.Points[len(s.Points)-1].Value))
}

func extremes(points []query.Point) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range points {
		if math.IsNaN(p.Value) {
			continue
		}
		low, high = min(low, p.Value), max(high, p.Value)
	}
	return low, high
}

// number4 writes what stands beside the axis.
func number4(v float64) string { return fmt.Sprintf("%.4g", v) }

// clock returns how times below the chart are written: short, in UTC.
func (g grid) clock() func(float64) string {
	layout := "15:04:05"
	switch span := g.span(); {
	case span >= 4*24*time.Hour:
		layout = "2006-01-02"
	case span >= 12*time.Hour:
		layout = "01-02 15:04"
	case span >= 5*time.Minute:
		layout = "15:04"
	}
	return func(ms float64) string { return time.UnixMilli(int64(ms)).UTC().Format(layout) }
}
