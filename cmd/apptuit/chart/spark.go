package chart

import (
	"math"
	"time"
)

var sparks = []rune("▁▂▃▄▅▆▇█")

// Spark draws a line in one row: for each of the columns the greatest of its
// points, between the least and the greatest of all; a space where there is
// none. Start and end are those of the axis.
func Spark(line Line, columns int, start, end time.Time) string {
	t := span{start.UnixMilli(), end.UnixMilli(), time.UTC}
	tops := make([]float64, columns)
	for i := range tops {
		tops[i] = math.Inf(-1)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range line {
		x, inside := t.at(p.UnixMilli, columns)
		if !inside || !finite(p.Value) {
			continue
		}
		tops[x] = max(tops[x], p.Value)
		low, high = min(low, p.Value), max(high, p.Value)
	}
	row := make([]rune, columns)
	for i, top := range tops {
		row[i] = spark(top, low, high)
	}
	return string(row)
}

func spark(v, low, high float64) rune {
	switch {
	case math.IsInf(v, -1):
		return ' '
	case low == high:
		return sparks[len(sparks)/2]
	}
	at := (v/2 - low/2) / (high/2 - low/2)
	return sparks[int(math.Round(at*float64(len(sparks)-1)))]
}
