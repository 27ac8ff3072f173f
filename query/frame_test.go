package query

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func column(host string, points ...Point) Series {
	return Series{Metric: "cpu", Tags: map[string]string{"host": host}, Points: points}
}

var uneven = Output{ID: "cpu", Series: []Series{
	column("a", Point{1000, 1}, Point{2000, 2}, Point{4000, 4}),
	column("b"),
	column("c", Point{3000, 3}, Point{2000, 20}, Point{3000, math.NaN()}),
	column("d", Point{1000, 0}, Point{2000, 0}, Point{3000, 0}, Point{4000, 1e21}),
}}

func TestFrameJoins(t *testing.T) {
	f := uneven.Frame()
	if want := []string{"cpu{host:a}", "cpu{host:b}", "cpu{host:c}", "cpu{host:d}"}; !slices.Equal(f.Columns(), want) {
		t.Errorf("columns %q", f.Columns())
	}
	missing := math.Inf(-1)
	want := [][]float64{
		{1, missing, missing, 0},
		{2, missing, 20, 0},
		{missing, missing, math.NaN(), 0},
		{4, missing, missing, 1e21},
	}
	if f.Len() != len(want) {
		t.Fatalf("%d rows", f.Len())
	}
	i := 0
	for at, row := range f.Rows() {
		if at != time.Unix(int64(i+1), 0).UTC() || f.Time(i) != at || row.Len() != 4 {
			t.Errorf("row %d is of %v", i, at)
		}
		for j, w := range want[i] {
			v, ok := row.At(j)
			if ok != (w != missing) || ok && v != w && !math.IsNaN(w) || !ok && v != 0 {
				t.Errorf("row %d, column %d: %v, %v", i, j, v, ok)
			}
		}
		i++
	}
	if p := uneven.Series[2].Points; p[0] != (Point{3000, 3}) || p[1] != (Point{2000, 20}) {
		t.Error("the series was edited")
	}
}

func TestFrameColumn(t *testing.T) {
	f := uneven.Frame()
	c, ok := f.Column("cpu{host:c}")
	if !ok || c.Name() != "cpu{host:c}" || c.Len() != 4 || c.Series().Tags["host"] != "c" || f.ColumnAt(2).Name() != c.Name() {
		t.Fatalf("%+v", c)
	}
	row := 0
	for v, ok := range c.All() {
		again, there := c.At(row)
		if ok != there || ok && v != again && !math.IsNaN(v) {
			t.Errorf("row %d: %v, %v and %v, %v", row, v, ok, again, there)
		}
		row++
	}
	if row != c.Len() {
		t.Errorf("%d rows", row)
	}
	if _, ok := f.Column("cpu"); ok {
		t.Error("there is no such column")
	}
	for range c.All() {
		break
	}
	for range f.Rows() {
		break
	}
}

func TestFrameOfNothing(t *testing.T) {
	for _, o := range []Output{{}, {Series: []Series{column("a")}}} {
		f := o.Frame()
		for range f.Rows() {
			t.Error("a row")
		}
		var b strings.Builder
		if err := f.WriteCSV(&b); err != nil || f.Len() != 0 || !strings.HasPrefix(b.String(), "time") || strings.Count(b.String(), "\n") != 1 {
			t.Errorf("%d rows, %q, %v", f.Len(), b.String(), err)
		}
	}
}

func TestSeriesNames(t *testing.T) {
	for want, s := range map[string]Series{
		"cpu{}":                  {Metric: "cpu"},
		"cpu{a:1, b:x y, host:}": {Metric: "cpu", Tags: map[string]string{"host": "", "b": "x y", "a": "1"}},
	} {
		if s.Name() != want {
			t.Errorf("got %s, want %s", s.Name(), want)
		}
	}
}

func TestIterators(t *testing.T) {
	r := &Result{Outputs: []Output{uneven, {ID: "load", Series: []Series{column("z")}}}}
	var got []string
	for id, s := range r.All() {
		got = append(got, id+" "+s.Tags["host"])
	}
	if want := []string{"cpu a", "cpu b", "cpu c", "cpu d", "load z"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for range r.All() {
		break
	}
	for name, s := range uneven.All() {
		if name != s.Name() {
			t.Error(name)
		}
		break
	}
	for at, v := range uneven.Series[0].All() {
		if at != time.Unix(1, 0).UTC() || v != 1 {
			t.Error(at, v)
		}
		break
	}
}

func TestCSV(t *testing.T) {
	odd := Output{Series: []Series{
		{Metric: "cpu", Tags: map[string]string{"a": `x,"y"`, "b": "l\n"}, Points: []Point{{1_714_564_800_000, -0.1}, {1_714_564_801_250, 1e-7}}},
	}}
	for want, write := range map[string]func(io.Writer) error{
		"time,cpu{host:a},cpu{host:b},cpu{host:c},cpu{host:d}\n" +
			"1970-01-01T00:00:01Z,1,,,0\n1970-01-01T00:00:02Z,2,,20,0\n1970-01-01T00:00:03Z,,,NaN,0\n1970-01-01T00:00:04Z,4,,,1e+21\n": func(w io.Writer) error { return uneven.Frame().WriteCSV(w) },
		"time,\"cpu{a:\"\"x,\\\"\"y\\\"\"\"\", b:\"\"l\\n\"\"}\"\n2024-05-01T12:00:00.000Z,-0.1\n2024-05-01T12:00:01.250Z,1e-07\n": func(w io.Writer) error { return odd.Frame().WriteCSV(w) },
		"time,\"cpu{a:\"\"x,\\\"\"y\\\"\"\"\", b:\"\"l\\n\"\"}\"\n1714564800,-0.1\n1714564801.25,1e-07\n":                          func(w io.Writer) error { return odd.Frame().WriteCSV(w, WithUnixTimes()) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil || b.String() != want {
			t.Errorf("got  %q, %v\nwant %q", b.String(), err, want)
		}
	}
}

// failing fails after some bytes.
type failing struct{ left int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestCSVTellsTheWritersError(t *testing.T) {
	points := make([]Point, 1000)
	for i := range points {
		points[i].UnixMilli = int64(i)
	}
	for _, host := range []string{"a", strings.Repeat("a", 10_000)} {
		for _, left := range []int{0, 5000, 20_000} {
			if err := (Output{Series: []Series{column(host, points...)}}).Frame().WriteCSV(&failing{left}); !errors.Is(err, errFull) {
				t.Errorf("after %d bytes: %v", left, err)
			}
		}
	}
}

// A frame holds every point once, and what is read from its CSV is the same.
func TestFrameOfAnyPoints(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		var o Output
		want := map[string]float64{}
		for i := range r.IntN(6) {
			host := strconv.Itoa(i)
			var points []Point
			for range r.IntN(40) {
				p := Point{r.Int64N(100), r.NormFloat64()}
				points = append(points, p)
				want[strconv.FormatInt(p.UnixMilli, 10)+" "+host] = p.Value
			}
			o.Series = append(o.Series, column(host, points...))
		}
		var b bytes.Buffer
		f := o.Frame()
		if err := f.WriteCSV(&b, WithUnixTimes()); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != f.Len()+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows[1:] {
			sec, _ := strconv.ParseFloat(row[0], 64)
			for i, cell := range row[1:] {
				key := strconv.FormatInt(int64(math.Round(sec*1000)), 10) + " " + strconv.Itoa(i)
				v, _ := strconv.ParseFloat(cell, 64)
				if w, there := want[key]; there != (cell != "") || w != v {
					t.Errorf("%s is %q, want %v", key, cell, w)
				}
				delete(want, key)
			}
		}
		if len(want) > 0 {
			t.Errorf("not in the frame: %v", want)
		}
	}
}
