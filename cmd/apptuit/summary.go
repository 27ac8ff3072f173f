package main

import (
	"math"

	"github.com/apptuitai/apptuit-go/cmd/apptuit/chart"
	"github.com/apptuitai/apptuit-go/query"
)

// A summary is a series in four numbers; NaN where it has no values.
type summary struct {
	least, mean, greatest, last float64
}

// summarize looks at all values but NaN.
func summarize(points []query.Point) summary {
	s := summary{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	mean, infinite, n := 0.0, 0.0, 0.0
	for _, p := range points {
		if math.IsNaN(p.Value) {
			continue
		}
		if n++; n == 1 {
			s.least, s.greatest = p.Value, p.Value
		}
		s.least, s.greatest, s.last = min(s.least, p.Value), max(s.greatest, p.Value), p.Value
		if math.IsInf(p.Value, 0) {
			infinite += p.Value
			continue
		}
		mean += p.Value/n - mean/n // a sum could overflow
	}
	if n > 0 {
		s.mean = mean + infinite
	}
	return s
}

// cells writes the numbers with four digits and SI prefixes, those that are missing
// as "-".
func (s summary) cells() []string {
	var cells []string
	for _, v := range []float64{s.least, s.mean, s.greatest, s.last} {
		if math.IsNaN(v) {
			cells = append(cells, "-")
			continue
		}
		cells = append(cells, chart.SI(v))
	}
	return cells
}
