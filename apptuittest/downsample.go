package apptuittest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apptuitai/apptuit-go/encoding"
)

// maxWidth is what a bucket can last: 100 years of milliseconds.
const maxWidth = 100 * 365 * 24 * 3_600_000

// units are the letters of a duration, in milliseconds.
var units = map[byte]int64{'s': 1_000, 'm': 60_000, 'h': 3_600_000, 'd': 24 * 3_600_000}

// aggregates make one value of those of a bucket, which has at least one.
var aggregates = map[string]func([]float64) float64{
	"avg":   func(v []float64) float64 { return sum(v) / float64(len(v)) },
	"sum":   sum,
	"min":   slices.Min[[]float64],
	"max":   slices.Max[[]float64],
	"count": func(v []float64) float64 { return float64(len(v)) },
	"first": func(v []float64) float64 { return v[0] },
	"last":  func(v []float64) float64 { return v[len(v)-1] },
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// A downsample makes one sample of all in a bucket of time.
type downsample struct {
	width     int64 // of a bucket, in milliseconds
	aggregate func([]float64) float64
}

func newDownsample(width, function string) (downsample, error) {
	ms, err := parseWidth(width)
	if err != nil {
		return downsample{}, err
	}
	aggregate, ok := aggregates[function]
	if !ok {
		return downsample{}, errors.New("the function is none of avg sum min max count first last")
	}
	return downsample{ms, aggregate}, nil
}

// parseWidth reads a positive whole number and one of the units.
func parseWidth(s string) (int64, error) {
	malformed := fmt.Errorf("%q is no duration such as '30s' '1m' '6h' '1d'", s)
	if s == "" {
		return 0, malformed
	}
	digits, unit := s[:len(s)-1], units[s[len(s)-1]]
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n == 0 || unit == 0 {
		return 0, malformed
	}
	if int64(n) > maxWidth/unit {
		return 0, errors.New("the duration is more than 100 years")
	}
	return int64(n) * unit, nil
}

// apply returns one sample for each bucket that is not empty, stamped with the
// bucket's start. Buckets are counted from the Unix epoch, so that the first
// can start before the query does. One whose value a float64 cannot hold is
// left out, for JSON could not hold it either.
func (d downsample) apply(samples []sample) []sample {
	var buckets []sample
	var values []float64
	for i, s := range samples {
		values = append(values, s.value.Float64())
		start := s.ms - s.ms%d.width
		if i+1 < len(samples) && samples[i+1].ms < start+d.width {
			continue
		}
		if v := d.aggregate(values); !math.IsInf(v, 0) && !math.IsNaN(v) {
			buckets = append(buckets, sample{start, encoding.Float(v)})
		}
		values = values[:0]
	}
	return buckets
}
