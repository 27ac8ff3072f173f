package main

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apptuitai/apptuit-go/query"
)

// fleet returns n series of a metric, one for each host, a point each minute.
func fleet(n, minutes int, value func(host, minute int) float64) query.Output {
	o := query.Output{ID: "node.cpu"}
	for host := range n {
		s := query.Series{Metric: "node.cpu", Tags: map[string]string{"host": fmt.Sprintf("web-%02d.eu-central.example.com", host), "dc": "eu"}}
		for minute := range minutes {
			if v := value(host, minute); !math.IsNaN(v) {
				s.Points = append(s.Points, query.Point{UnixMilli: noon.Add(time.Duration(minute) * time.Minute).UnixMilli(), Value: v})
			}
		}
		o.Series = append(o.Series, s)
	}
	return o
}

func tables() map[string]query.Output {
	wave := func(host, minute int) float64 { return float64(host) + math.Sin(float64(minute)/3) }
	return map[string]query.Output{
		"1":        fleet(1, 8, wave),
		"5":        fleet(5, 8, wave),
		"50":       fleet(50, 60, wave),
		"constant": fleet(2, 4, func(int, int) float64 { return 5 }),
		"negative": fleet(3, 4, func(host, minute int) float64 { return -1234.5 * float64(1+host*minute) }),
		"tiny":     fleet(3, 4, func(_, minute int) float64 { return 3e-310 * float64(minute) }),
		"huge":     fleet(9, 4, func(host, minute int) float64 { return math.MaxFloat64 / float64(1+host+minute) }),
		"spike": fleet(20, 30, func(host, minute int) float64 {
			if host == 3 && minute == 11 {
				return 1e6
			}
			return 1
		}),
		"gap": fleet(12, 30, func(host, minute int) float64 {
			if minute > 9 && minute < 20 {
				return math.NaN()
			}
			return float64(host * minute)
		}),
	}
}

// Tables look as they did when a person last looked at them, and fit.
func TestTablesFit(t *testing.T) {
	for name, o := range tables() {
		var all strings.Builder
		for _, width := range []int{60, 80, 120, 200} {
			var b strings.Builder
			fit := tabulator{width, view{zone: time.UTC}}
			if err := fit.write(&b, &query.Result{Outputs: []query.Output{o}}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%s at %d columns: %d in %q", name, width, n, line)
				}
			}
			fmt.Fprintf(&all, "%s\n", b.String())
		}
		golden(t, "fit-"+name, all.String())
	}
}

// Where no terminal limits it, a table has a column for each series.
func TestTablesOfFilesAreWhole(t *testing.T) {
	var b strings.Builder
	if err := (tabulator{view: view{zone: time.UTC}}).write(&b, &query.Result{Outputs: []query.Output{fleet(50, 3, func(host, _ int) float64 { return float64(host) })}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if n := len(strings.Fields(lines[len(lines)-1])); n != 51 {
		t.Errorf("%d cells in the last of %d lines", n, len(lines))
	}
}

func TestSummarize(t *testing.T) {
	nan := math.NaN()
	for want, values := range map[string][]float64{
		"1 2 3 2": {1, nan, 3, 2, nan},
		"- - - -": {nan},
		"1.798e+308 1.798e+308 1.798e+308 1.798e+308": {math.MaxFloat64, math.MaxFloat64},
		"1 +Inf +Inf 3": {1, math.Inf(1), 2, 3},
		"-Inf - +Inf 1": {math.Inf(1), math.Inf(-1), 1},
	} {
		var points []query.Point
		for _, v := range values {
			points = append(points, query.Point{Value: v})
		}
		if got := strings.Join(summarize(points).cells(), " "); got != want {
			t.Errorf("%v: %q, want %q", values, got, want)
		}
	}
}

// The highest series are drawn, in the order in which they came.
func TestHighest(t *testing.T) {
	var series []query.Series
	for _, v := range []float64{3, math.NaN(), 9, 1, 9, 7} {
		series = append(series, query.Series{Metric: fmt.Sprint(v), Points: []query.Point{{Value: v}}})
	}
	var names []string
	for _, s := range highest(series, 3) {
		names = append(names, s.Metric)
	}
	if got := strings.Join(names, " "); got != "9 9 7" {
		t.Error(got)
	}
}
