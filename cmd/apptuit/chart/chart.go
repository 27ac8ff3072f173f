package chart

import (
	"math"
	"slices"
	"strings"
	"time"
)

// A Point is a value at a time in milliseconds since the Unix epoch.
type Point struct {
	UnixMilli int64
	Value     float64
}

// A Line is a series to be drawn. Its points are in the order of their times.
type Line []Point

// Config says how to draw. Start and End are the ends of the time axis.
type Config struct {
	Width, Height int // of the whole chart, in characters
	Start, End    time.Time
	Zone          *time.Location // of the times below the chart; nil is UTC
	Color         bool           // each line has a colour, else a mark
}

// MaxLines is how many lines can be told apart in one chart.
const MaxLines = 8

const (
	minPlot = 10 // columns and rows of the plot, however small the chart
	minRows = 3
	axes    = 2 // rows below the plot
)

// Draw returns a chart of at most MaxLines lines, whose last line has no end. It
// returns an empty text where no value is finite.
func Draw(lines []Line, c Config) string {
	lines = lines[:min(len(lines), MaxLines)]
	low, high, ok := extremes(lines)
	if !ok {
		return ""
	}
	rows := max(c.Height-axes, minRows)
	scale := newScale(low, high, rows)
	margin := scale.margin()
	columns := max(c.Width-margin-1, minPlot)
	span := newSpan(lines, c)

	field := newCanvas(columns, rows, c.Color || len(lines) == 1)
	for i, line := range lines {
		field.trace(i, line, span, scale)
	}
	var b strings.Builder
	for row := range rows {
		b.WriteString(scale.label(row, margin))
		field.writeRow(&b, row, c.Color)
		b.WriteByte('\n')
	}
	span.write(&b, margin, columns)
	return b.String()
}

// extremes returns the least and the greatest finite value.
func extremes(lines []Line) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, line := range lines {
		for _, p := range line {
			if finite(p.Value) {
				low, high = min(low, p.Value), max(high, p.Value)
			}
		}
	}
	return low, high, low <= high
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// longGap is how many of its usual distances two points of a line may be apart
// and still be joined.
const longGap = 3

// reach returns how many milliseconds apart two points may be to be joined.
func reach(line Line) int64 {
	var distances []int64
	for i := 1; i < len(line); i++ {
		if d := line[i].UnixMilli - line[i-1].UnixMilli; d > 0 {
			distances = append(distances, d)
		}
	}
	if len(distances) == 0 {
		return 0
	}
	slices.Sort(distances)
	return longGap * distances[len(distances)/2]
}

// trace draws a line: each of its points, and what joins two that are not too
// far apart.
func (f *canvas) trace(i int, line Line, t span, s scale) {
	joined := reach(line)
	var before Point
	drawn := false
	for _, p := range line {
		if !finite(p.Value) {
			drawn = false
			continue
		}
		x, inside := t.at(p.UnixMilli, f.width)
		if !inside {
			continue
		}
		y := s.at(p.Value, f.height)
		if drawn && p.UnixMilli-before.UnixMilli <= joined {
			beforeX, _ := t.at(before.UnixMilli, f.width)
			f.segment(i, beforeX, s.at(before.Value, f.height), x, y)
		} else {
			f.dot(i, x, y)
		}
		before, drawn = p, true
	}
}
