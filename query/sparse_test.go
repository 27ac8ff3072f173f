package query

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/heaptest"
)

// apart returns series that never share a time.
func apart(series, points int) Output {
	o := Output{ID: "out", Series: make([]Series, series)}
	for i := range o.Series {
		o.Series[i] = Series{Metric: "m", Points: make([]Point, points)}
		for j := range points {
			o.Series[i].Points[j].UnixMilli = int64(j*series + i)
		}
	}
	return o
}

func TestSparseTables(t *testing.T) {
	together := apart(5000, 100)
	for i := range together.Series {
		together.Series[i].Points = together.Series[0].Points
	}
	for name, tt := range map[string]struct {
		output Output
		sparse bool
	}{
		"nothing":                    {Output{}, false},
		"some series":                {apart(90, 1000), false},
		"a few thousand series":      {apart(2000, 1), false},
		"many series, shared times":  {together, false},
		"many series of their own":   {apart(1000, 360), true},
		"very many of one point":     {apart(50_000, 1), true},
		"as wide as it gets":         {apart(1<<16, 0), false},
		"very many without a point":  {apart(70_000, 0), true},
		"as many as small tables go": {apart(2896, 1), false},
		"one more":                   {apart(2897, 1), true},
	} {
		err := tt.output.Frame().CheckCells(csvCells)
		if errors.Is(err, ErrSparse) != tt.sparse || err != nil && !tt.sparse {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSparseCSVIsRefused(t *testing.T) {
	var out strings.Builder
	err := apart(50_000, 1).Frame().WriteCSV(&out)
	if !errors.Is(err, ErrSparse) || out.Len() > 0 || !strings.Contains(err.Error(), "50000 rows and 50000 columns for 50000 points") {
		t.Errorf("%v, behind %d bytes", err, out.Len())
	}
}

// A frame takes no more than a few times its points, however they lie.
func TestFramesAreLinear(t *testing.T) {
	for _, o := range []Output{apart(100_000, 1), apart(1000, 100), apart(1, 100_000)} {
		heaptest.Within(t, 100_000*400, func() {
			f := o.Frame()
			_ = f.WriteCSV(io.Discard)
			for c := range f.columns {
				f.ColumnAt(c).At(0)
			}
		})
	}
}
