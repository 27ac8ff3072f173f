package chart

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

var midnight = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// every returns n points, each some time behind the one before it.
func every(step time.Duration, n int, value func(i int) float64) Line {
	line := make(Line, n)
	for i := range line {
		line[i] = Point{midnight.Add(time.Duration(i) * step).UnixMilli(), value(i)}
	}
	return line
}

func constant(v float64) func(int) float64 { return func(int) float64 { return v } }

func wave(low, high float64) func(int) float64 {
	return func(i int) float64 { return low + (high-low)*(1+math.Sin(float64(i)/20))/2 }
}

// without returns a line without the points from one to another.
func without(line Line, from, to int) Line { return append(line[:from:from], line[to:]...) }

func kinds() map[string][]Line {
	spike := every(time.Minute, 7*24*60, func(i int) float64 { return float64(1 + i%10) })
	spike[5000].Value = 1e6
	many := make([]Line, 50)
	for i := range many {
		many[i] = every(10*time.Second, 360, wave(float64(i), float64(2*i+1)))
	}
	return map[string][]Line{
		"spike":    {spike},
		"constant": {every(time.Minute, 60, constant(5))},
		"zero":     {every(time.Minute, 60, constant(0))},
		"one":      {every(time.Minute, 1, constant(42))},
		"gap":      {without(every(10*time.Second, 360, wave(0, 1)), 100, 200), every(10*time.Second, 360, wave(1, 0.2))},
		"negative": {every(time.Second, 300, wave(-2048, -100))},
		"tiny":     {every(time.Second, 300, wave(1e-310, 9e-310))},
		"small":    {every(time.Second, 300, wave(0.00012, 0.00034))},
		"huge":     {every(time.Hour, 100, wave(-1.7e308, 1.7e308))},
		"narrow":   {every(time.Hour, 100, wave(1e15, 1e15+10))},
		"five":     many[:5],
		"many":     many,
	}
}

// Charts look as they did when a person last looked at them.
func TestDraw(t *testing.T) {
	for name, lines := range kinds() {
		var b strings.Builder
		for _, width := range []int{60, 80, 120, 200} {
			fmt.Fprintf(&b, "%s\n\n", Draw(lines, Config{Width: width, Height: 14}))
		}
		golden(t, name, b.String())
	}
}

func TestDrawWithColors(t *testing.T) {
	golden(t, "colors", Draw(kinds()["five"], Config{Width: 60, Height: 14, Color: true})+"\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// No row is wider than the chart, however small it is.
func TestDrawFits(t *testing.T) {
	for name, lines := range kinds() {
		for _, width := range []int{30, 60, 80, 120, 200} {
			for i, row := range strings.Split(Draw(lines, Config{Width: width, Height: 14}), "\n") {
				if n := len([]rune(row)); n > width {
					t.Errorf("%s at %d columns: row %d has %d", name, width, i, n)
				}
			}
		}
	}
	if text := Draw(kinds()["spike"], Config{}); strings.Count(text, "\n") < 4 {
		t.Errorf("%q", text)
	}
}

// A spike between a million points reaches the top: no mean hides it.
func TestDrawKeepsEachSpike(t *testing.T) {
	const n = 1_000_000
	for _, at := range []int{0, 1, 500_000, 777_777, n - 1} {
		line := every(time.Second, n, constant(1))
		line[at].Value = 1e6
		top, _, _ := strings.Cut(Draw([]Line{line}, Config{Width: 80, Height: 14}), "\n")
		if !strings.HasPrefix(top, "1.0M ┤") || strings.TrimSpace(strings.TrimPrefix(top, "1.0M ┤")) == "" {
			t.Errorf("a spike at %d: the top row is %q", at, top)
		}
	}
}

// A line is joined over three times its usual distance and no further.
func TestDrawLeavesLongGapsOpen(t *testing.T) {
	for missing, joined := range map[int]bool{2: true, 20: false} {
		line := without(every(time.Minute, 60, constant(5)), 20, 20+missing)
		row := strings.Split(Draw([]Line{line}, Config{Width: 80, Height: 5}), "\n")[1]
		if strings.Contains(strings.TrimSpace(row[strings.Index(row, "┤"):]), " ") == joined {
			t.Errorf("%d missing: %q", missing, row)
		}
	}
}

func TestDrawNothing(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, lines := range [][]Line{nil, {}, {{}}, {{{0, nan}}}, {{{0, inf}, {1, -inf}}}} {
		if text := Draw(lines, Config{Width: 80, Height: 14}); text != "" {
			t.Errorf("%v: %q", lines, text)
		}
	}
}

// The axis is the time that was asked for, in the zone that was asked for.
func TestDrawTimes(t *testing.T) {
	line := every(time.Minute, 10, constant(1))
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	text := Draw([]Line{line}, Config{Width: 80, Height: 5, Start: midnight.Add(-30 * time.Minute), End: midnight.Add(30 * time.Minute), Zone: berlin})
	times := text[strings.LastIndexByte(text, '\n')+1:]
	if want := []string{"00:30", "00:40", "00:50", "01:00", "01:10", "01:20", "CET"}; strings.Join(strings.Fields(times), " ") != strings.Join(want, " ") {
		t.Errorf("%q, want %q", times, want)
	}
}

func TestSI(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 5: "5", 999.95: "1k", -0.99999: "-1", 1500: "1.5k", -20e6: "-20M", 0.003: "3m", 1234567: "1.235M", 1e24: "1e+24", 5e-324: "4.941e-324", 0.25e-6: "250n",
		math.Inf(1): "+Inf",
	} {
		if got := SI(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestSpark(t *testing.T) {
	end := midnight.Add(time.Hour)
	for _, c := range []struct {
		line Line
		want string
	}{
		{every(10*time.Minute, 7, func(i int) float64 { return float64(i) }), "▁▂▃▅▆▇█"},
		{without(every(10*time.Minute, 7, func(i int) float64 { return float64(-i) }), 2, 4), "█▇  ▃▂▁"},
		{every(10*time.Minute, 7, constant(3)), "▅▅▅▅▅▅▅"},
		{every(10*time.Minute, 7, constant(math.NaN())), "       "},
		{nil, "       "},
	} {
		if got := Spark(c.line, 7, midnight, end); got != c.want {
			t.Errorf("%v: %q, want %q", c.line, got, c.want)
		}
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(1.0, 2.0, -3.0, int64(0), int64(1000), 80, 14)
	f.Add(math.MaxFloat64, -math.MaxFloat64, 0.0, int64(math.MinInt64), int64(math.MaxInt64), 1, 1)
	f.Fuzz(func(t *testing.T, a, b, c float64, first, last int64, width, height int) {
		line := Line{{first, a}, {first/2 + last/2, b}, {last, c}}
		_ = Draw([]Line{line, line[1:]}, Config{Width: min(width, 1000), Height: min(height, 100)})
	})
}
