package apptuittest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
)

// operators of filters.
var operators = []string{"=", "!=", "=~", "!~"}

// A filter is a condition on one tag. A series without that tag has it empty.
type filter struct {
	key     string
	matches func(value string) bool
}

func newFilter(key, operator, value string) (filter, error) {
	switch operator {
	case "=":
		return filter{key, func(v string) bool { return v == value }}, nil
	case "!=":
		return filter{key, func(v string) bool { return v != value }}, nil
	}
	re, err := regexp.Compile(value)
	if err != nil {
		text := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return filter{}, fmt.Errorf("a regular expression with %s", text)
	}
	re.Longest()
	want := operator == "=~"
	return filter{key, func(v string) bool { return matchesWhole(re, v) == want }}, nil
}

// matchesWhole reports whether an expression of longest matches matches all
// of s.
func matchesWhole(re *regexp.Regexp, s string) bool {
	at := re.FindStringIndex(s)
	return at != nil && at[0] == 0 && at[1] == len(s)
}

// A sample is a point of a series that is known.
type sample struct {
	ms    int64 // since the Unix epoch
	value encoding.Value
}

// A selection is a series and its samples in order of time, one per time.
type selection struct {
	series  *encoding.Series
	samples []sample
}

// run returns the series that the fetch finds among points, from start to end
// in milliseconds, both included. The series are sorted by name and tags.
func (f fetch) run(points []encoding.Point, start, end int64) []selection {
	found := map[*encoding.Series][]sample{}
	wanted := map[*encoding.Series]bool{}
	for _, p := range points {
		want, known := wanted[p.Series]
		if !known {
			want = f.wants(p.Series)
			wanted[p.Series] = want
		}
		if ms := p.Time.UnixMilli(); want && ms >= start && ms <= end {
			found[p.Series] = append(found[p.Series], sample{ms, p.Value})
		}
	}
	selections := make([]selection, 0, len(found))
	for series, samples := range found {
		selections = append(selections, selection{series, f.process(samples)})
	}
	slices.SortFunc(selections, func(a, b selection) int {
		return cmp.Compare(a.series.String(), b.series.String())
	})
	return selections
}

func (f fetch) wants(series *encoding.Series) bool {
	if series.Metric() != f.metric {
		return false
	}
	for _, filter := range f.filters {
		value, _ := series.Tag(filter.key)
		if !filter.matches(value) {
			return false
		}
	}
	return true
}

// process puts samples, which are in order of arrival, in order of time. Of
// those with one time the last to arrive stays.
func (f fetch) process(samples []sample) []sample {
	slices.SortStableFunc(samples, func(a, b sample) int { return cmp.Compare(a.ms, b.ms) })
	kept := samples[:0]
	for i, s := range samples {
		if i+1 == len(samples) || samples[i+1].ms != s.ms {
			kept = append(kept, s)
		}
	}
	for _, step := range f.steps {
		kept = step.apply(kept)
	}
	return kept
}
