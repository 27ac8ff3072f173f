package main

import (
	"fmt"
	"math"

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

func (s summary) String() string {
	if math.IsNaN(s.last) {
		return "no values"
	}
	return fmt.Sprintf("min %s, mean %s, max %s, last %s", number(s.least), number(s.mean), number(s.greatest), number(s.last))
}
