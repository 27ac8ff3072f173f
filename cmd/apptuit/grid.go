package main

import (
	"math"
	"slices"
	"time"

	"github.com/apptuitai/apptuit-go/query"
)

// longGap is how many of its usual distances two points of a series may be
// apart and still be joined by a line.
const longGap = 3

// A grid is a chart's series as columns of equal time: NaN where nothing is to
// be drawn.
type grid struct {
	first, last int64 // milliseconds, of any point
	columns     [][]float64
}

func newGrid(series []query.Series, width int) grid {
	g := grid{first: math.MaxInt64, last: math.MinInt64}
	for _, s := range series {
		for _, p := range s.Points {
			g.first, g.last = min(g.first, p.UnixMilli), max(g.last, p.UnixMilli)
		}
	}
	if g.empty() {
		return g
	}
	for _, s := range series {
		g.columns = append(g.columns, g.line(s.Points, width))
	}
	return g
}

// empty reports whether no two points are apart.
func (g grid) empty() bool { return g.first >= g.last }

func (g grid) span() time.Duration { return time.Duration(g.last-g.first) * time.Millisecond }

// line returns the mean of the points in each column, and a straight line
// between columns that are not too far apart.
func (g grid) line(points []query.Point, width int) []float64 {
	sums, counts := make([]float64, width), make([]float64, width)
	for _, p := range points {
		if finite(p.Value) {
			i := g.column(p.UnixMilli, width)
			sums[i] += p.Value
			counts[i]++
		}
	}
	for i := range sums {
		sums[i] /= counts[i] // 0/0 is NaN: there is nothing
	}
	join(sums, g.reach(points, width))
	return sums
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// column returns where a time belongs: the first to the left end, the last to
// the right one.
func (g grid) column(ms int64, width int) int {
	at := float64(ms-g.first) / float64(g.last-g.first)
	return int(math.Round(at * float64(width-1)))
}

// reach returns how many columns apart neighbours may be to be joined.
func (g grid) reach(points []query.Point, width int) int {
	var distances []int64
	for i := 1; i < len(points); i++ {
		distances = append(distances, points[i].UnixMilli-points[i-1].UnixMilli)
	}
	if len(distances) == 0 {
		return 1
	}
	slices.Sort(distances)
	usual := float64(distances[len(distances)/2])
	return 1 + int(longGap*usual*float64(width-1)/float64(g.last-g.first))
}

// join fills the gaps that are no wider than reach.
func join(line []float64, reach int) {
	before := -1
	for i, v := range line {
		if math.IsNaN(v) {
			continue
		}
		if before >= 0 && i-before <= reach {
			fill(line[before : i+1])
		}
		before = i
	}
}

// fill draws a straight line between the ends of part.
func fill(part []float64) {
	n := len(part) - 1
	for i := 1; i < n; i++ {
		at := float64(i) / float64(n)
		part[i] = part[0]*(1-at) + part[n]*at
	}
}
