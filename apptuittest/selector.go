package apptuittest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"regexp"
	"regexp/syntax"
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
	re, err := compile(value)
	if err != nil {
		text := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return filter{}, fmt.Errorf("the regular expression is not valid: %s", text)
	}
	re.Longest()
	want := operator == "=~"
	return filter{key, func(v string) bool { return matchesWhole(re, v) == want }}, nil
}

// compile refuses an expression whose repeats make it a large program.
func compile(expr string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if steps(tree) > maxSteps {
		return nil, fmt.Errorf("it has more than %d steps", maxSteps)
	}
	return regexp.Compile(expr)
}

// steps returns about how many instructions an expression compiles to.
func steps(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)/16 // of a literal or of a class
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += steps(sub)
	}
	if re.Op == syntax.OpRepeat {
		n = min(n, maxSteps+1) * max(re.Min, re.Max, 1)
	}
	return min(n, maxSteps+1) // nested repeats multiply
}

// matchesWhole reports whether an expression of longest matches matches all
// of s.
func matchesWhole(re *regexp.Regexp, s string) bool {
	at := re.FindStringIndex(s)
	return at != nil && at[0] == 0 && at[1] == len(s)
}

// A sample is a time and a value.
type sample struct {
	ms    int64 // since the Unix epoch
	value encoding.Value
}

// A selection is a series and its samples in order of time, one per time.
type selection struct {
	series  *series
	samples []sample
}

// A match is a series that some fetches of a query want.
type match struct {
	selection
	wanted []bool // by fetch
}

// find returns the series that any of the fetches wants, with their samples
// from start to end in milliseconds, both included, sorted by name and tags.
// Each stored point is looked at once.
func find(ctx context.Context, fetches []fetch, points iter.Seq[entry], start, end int64) ([]*match, error) {
	found := map[*series]*match{} // nil where nobody wants it
	samples := 0
	for p := range points {
		m, known := found[p.series]
		if !known {
			if ctx.Err() != nil {
				return nil, errSlowQuery
			}
			m = newMatch(fetches, p.series)
			found[p.series] = m
		}
		if m != nil && p.ms >= start && p.ms <= end {
			if samples++; samples > maxFound {
				return nil, errManyFound
			}
			m.samples = append(m.samples, p.sample)
		}
	}
	var matches []*match
	for _, m := range found {
		if m != nil && len(m.samples) > 0 {
			m.samples = inOrder(m.samples)
			matches = append(matches, m)
		}
	}
	slices.SortFunc(matches, func(a, b *match) int { return a.series.compare(b.series) })
	return matches, nil
}

func newMatch(fetches []fetch, s *series) *match {
	var wanted []bool
	for i, f := range fetches {
		if !f.wants(s) {
			continue
		}
		if wanted == nil {
			wanted = make([]bool, len(fetches))
		}
		wanted[i] = true
	}
	if wanted == nil {
		return nil
	}
	return &match{selection{series: s}, wanted}
}

func (f fetch) wants(s *series) bool {
	if s.metric != f.metric {
		return false
	}
	for _, filter := range f.filters {
		if !filter.matches(s.tag(filter.key)) {
			return false
		}
	}
	return true
}

// inOrder puts samples, which are in order of arrival, in order of time. Of
// those with one time the last to arrive stays.
func inOrder(samples []sample) []sample {
	slices.SortStableFunc(samples, func(a, b sample) int { return cmp.Compare(a.ms, b.ms) })
	kept := samples[:0]
	for i, s := range samples {
		if i+1 == len(samples) || samples[i+1].ms != s.ms {
			kept = append(kept, s)
		}
	}
	return kept
}

// process takes samples in order of time through the steps, and edits nothing.
func (f fetch) process(ctx context.Context, samples []sample) ([]sample, error) {
	for _, step := range f.steps {
		if ctx.Err() != nil {
			return nil, errSlowQuery
		}
		samples = step.apply(samples)
	}
	return samples, nil
}
