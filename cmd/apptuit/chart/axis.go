package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A scale maps values to heights, between two round values.
type scale struct {
	low, high float64
	rows      int
	labels    map[int]string // by row, counted from the top
}

// rowsPerTick is how far apart ticks are at least.
const rowsPerTick = 3

// newScale chooses ticks of 1, 2 or 5 times a power of ten. One value alone has
// one tick, in the middle.
func newScale(low, high float64, rows int) scale {
	s := scale{low: low, high: high, rows: rows, labels: map[int]string{}}
	if low == high {
		s.labels[rows/2] = SI(low)
		return s
	}
	step := roundStep(low, high, max(rows/rowsPerTick, 1))
	first, last := math.Floor(low/step), math.Ceil(high/step)
	if s.low, s.high = first*step, last*step; step == 0 || !finite(s.low) || !finite(s.high) || last-first > float64(rows) {
		s.low, s.high = low, high
		s.labels[rows-1], s.labels[0] = SI(low), SI(high)
		return s
	}
	unit := unitOf(max(math.Abs(s.low), math.Abs(s.high)))
	if unit.decimals(step) > maxDecimals {
		unit = units[none]
	}
	for tick := first; tick <= last; tick++ {
		s.labels[rows-1-s.at(tick*step, rows)] = unit.write(tick*step, step)
	}
	return s
}

// roundStep returns the least round distance of at most n ticks.
func roundStep(low, high float64, n int) float64 {
	least := (high/2 - low/2) / float64(n) * 2 // halves cannot overflow
	power := math.Pow10(int(math.Floor(math.Log10(least))))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= least {
			return factor * power
		}
	}
	return 10 * power
}

// at returns the height of a value among n, counted from 0 at the bottom.
func (s scale) at(v float64, n int) int {
	if s.low == s.high {
		return n - 1 - n/2
	}
	at := (v/2 - s.low/2) / (s.high/2 - s.low/2)
	return min(max(int(math.Round(at*float64(n-1))), 0), n-1)
}

// margin returns the columns of the labels.
func (s scale) margin() int {
	widest := 0
	for _, label := range s.labels {
		widest = max(widest, width(label))
	}
	return widest + 1
}

// label returns what stands before a row.
func (s scale) label(row, margin int) string {
	text, ok := s.labels[row]
	if !ok {
		return strings.Repeat(" ", margin) + "│"
	}
	return strings.Repeat(" ", margin-1-width(text)) + text + " ┤"
}

func width(text string) int { return utf8.RuneCountInString(text) }

// A unit is an SI prefix.
type unit struct {
	prefix string
	factor float64
}

var units = []unit{
	{"E", 1e18}, {"P", 1e15}, {"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3}, {"", 1}, {"m", 1e-3}, {"µ", 1e-6}, {"n", 1e-9}, {"p", 1e-12},
}

const (
	none        = 6 // the place of no prefix among the units
	maxDecimals = 3 // behind which a prefix only hides what differs
)

// unitOf returns the prefix of a value of that size; none where no prefix fits.
func unitOf(size float64) unit {
	if size == 0 || size >= 1e21 || size < 1e-12 {
		return units[none]
	}
	for _, u := range units {
		if size >= u.factor {
			return u
		}
	}
	return units[none]
}

// decimals returns how many a step needs.
func (u unit) decimals(step float64) int {
	return max(0, -int(math.Floor(math.Log10(step/u.factor)+1e-9)))
}

// write writes a tick, with as many decimals as its step has.
func (u unit) write(v, step float64) string {
	if size := math.Abs(v); size >= 1e21 || size != 0 && size < 1e-12 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v/u.factor, 'f', u.decimals(step), 64) + u.prefix
}

// SI writes a value with at most four digits and the prefix of the International
// System of Units: 1.5k, 20M, 3m. Where no prefix fits it has an exponent.
func SI(v float64) string {
	size := math.Abs(v)
	if !finite(v) || size >= 1e21 || size != 0 && size < 1e-12 {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64) // 0.99999 is 1, and not 1000m
	u := unitOf(math.Abs(v))
	return strconv.FormatFloat(v/u.factor, 'g', 4, 64) + u.prefix
}

// A span is the time axis.
type span struct {
	first, last int64 // milliseconds
	zone        *time.Location
}

// The years 1 to 9999, in milliseconds: what lies outside is no time.
const leastTime, greatestTime = -62135596800000, 253402300799999

// newSpan returns the span that was asked for, else that of the points.
func newSpan(lines []Line, c Config) span {
	t := span{math.MaxInt64, math.MinInt64, c.Zone}
	for _, line := range lines {
		for _, p := range line {
			if at := p.UnixMilli; leastTime <= at && at <= greatestTime {
				t.first, t.last = min(t.first, at), max(t.last, at)
			}
		}
	}
	if !c.Start.IsZero() {
		t.first = c.Start.UnixMilli()
	}
	if !c.End.IsZero() {
		t.last = c.End.UnixMilli()
	}
	if t.zone == nil {
		t.zone = time.UTC
	}
	return t
}

// at returns where a time belongs among n, and whether it is inside. A time
// alone is in the middle.
func (t span) at(ms int64, n int) (x int, inside bool) {
	if ms < t.first || ms > t.last {
		return 0, false
	}
	if t.first >= t.last {
		return n / 2, true
	}
	at := float64(ms-t.first) / float64(t.last-t.first)
	return int(math.Round(at * float64(n-1))), true
}

const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
	year   = 365 * day
)

// timeSteps are the distances that times below a chart have, in milliseconds.
var timeSteps = []int64{
	second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
	minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
	hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour,
	day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day, year,
}

// columnsPerTime is how far apart times below a chart are at least.
const columnsPerTime = 12

func (t span) step(columns int) int64 {
	least := (t.last - t.first) / int64(max(columns/columnsPerTime, 1))
	for _, step := range timeSteps {
		if step >= least {
			return step
		}
	}
	return year * (1 + least/year)
}

// layout returns how times are written that are so far apart.
func layout(step int64) string {
	switch {
	case step >= day:
		return "2006-01-02"
	case step >= 6*hour:
		return "01-02 15:04"
	case step >= minute:
		return "15:04"
	}
	return "15:04:05"
}

// write writes the axis and the times below it, then the zone.
func (t span) write(b *strings.Builder, margin, columns int) {
	axis := []rune(strings.Repeat("─", columns))
	times := []rune(strings.Repeat(" ", columns+margin+1))
	zone := time.UnixMilli(t.last).In(t.zone).Format("MST")
	end := len(times) - width(zone) - 1
	free := 0 // where the next time may begin
	for _, at := range t.ticks(columns) {
		x, _ := t.at(at.UnixMilli(), columns)
		text := []rune(at.Format(layout(t.step(columns))))
		from := max(margin+1+x-len(text)/2, 0)
		if from < free || from+len(text) > end {
			continue
		}
		axis[x] = '┬'
		copy(times[from:], text)
		free = from + len(text) + 2
	}
	copy(times[len(times)-width(zone):], []rune(zone))
	b.WriteString(strings.Repeat(" ", margin) + "└" + string(axis) + "\n")
	b.WriteString(string(times))
}

// ticks returns the round times of the zone between the ends; the time itself
// where there is one alone.
func (t span) ticks(columns int) (all []time.Time) {
	if t.first >= t.last {
		return []time.Time{time.UnixMilli(t.first).In(t.zone)}
	}
	step := t.step(columns)
	_, seconds := time.UnixMilli(t.first).In(t.zone).Zone()
	offset := int64(seconds) * second
	for at := (t.first+offset)/step*step - offset; at <= t.last; at += step {
		if at >= t.first {
			all = append(all, time.UnixMilli(at).In(t.zone))
		}
	}
	return all
}
