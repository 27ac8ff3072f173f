package query

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Result is the answer to a query.
type Result struct {
	// Outputs are those that have series, in the order of the answer.
	Outputs []Output
	// Text is the value of a PromQL expression that is a string, and empty for all
	// others.
	Text string
	// Warnings say why the result may not be what was meant: those of PromQL, and
	// that an answer is partial.
	Warnings []string
	// Hints are what else the server remarks, the infos of PromQL among it; one that
	// is no string is its JSON.
	Hints []string
	// Query is the query as the server understood it.
	Query Info
	// Stats is what the query took.
	Stats Stats
}

// Info is a query as the server understood it. What it did not say is zero.
type Info struct {
	// Text is the query.
	Text string
	// Start and End are the time it was run over, in UTC.
	Start, End time.Time
	// Raw is all that the server said, as JSON; nil where it said nothing.
	Raw json.RawMessage
}

// Stats is what the server says of its work. What it did not say is zero.
type Stats struct {
	// Series counts the series of the answer.
	Series int
	// Elapsed is how long the server worked, in milliseconds' precision.
	Elapsed time.Duration
	// Raw is all that the server said, as JSON; nil where it said nothing.
	Raw json.RawMessage
}

// Output returns the output called id, the first where several are.
func (r *Result) Output(id string) (Output, bool) {
	i := slices.IndexFunc(r.Outputs, func(o Output) bool { return o.ID == id })
	if i < 0 {
		return Output{}, false
	}
	return r.Outputs[i], true
}

// All returns every series of the result, each with its output's id.
func (r *Result) All() iter.Seq2[string, Series] {
	return func(yield func(string, Series) bool) {
		for _, o := range r.Outputs {
			for _, s := range o.Series {
				if !yield(o.ID, s) {
					return
				}
			}
		}
	}
}

// An Output is what one statement of a query gives.
type Output struct {
	// ID is the name that the query gave it, or the metric, or the expression of
	// PromQL.
	ID string
	// Series are in the order of the answer. There is at least one.
	Series []Series
}

// All returns the series of the output, each with its [Series.Name].
func (o Output) All() iter.Seq2[string, Series] {
	return func(yield func(string, Series) bool) {
		for _, s := range o.Series {
			if !yield(s.Name(), s) {
				return
			}
		}
	}
}

// A Series is a metric with its tags, and its points.
type Series struct {
	// Metric is the name.
	Metric string
	// Tags are the tags by key; nil where there are none.
	Tags map[string]string
	// AggregatedTags are the keys of the tags in which series differ that were made
	// one; nil where the server names none.
	AggregatedTags []string
	// Points are in the order of the answer, which is that of time. There may be
	// none.
	Points []Point
}

// Name returns metric{key:value, key:value} with sorted keys, as apptuit-py names a
// series. A metric, key or value that could be taken for more than it is, for it
// holds a comma, a quote or a brace, is quoted as Go has it, and so is one that cannot
// be printed: no two series have one name.
func (s Series) Name() string { return string(s.appendName(nil)) }

func (s Series) appendName(dst []byte) []byte {
	dst = append(appendPlain(dst, s.Metric, `{`), '{')
	for i, key := range slices.Sorted(maps.Keys(s.Tags)) {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendPlain(dst, key, ":,{}"), ':')
		dst = appendPlain(dst, s.Tags[key], ",{}")
	}
	return append(dst, '}')
}

// appendPlain appends a text, in quotes where it holds one of the signs, a quote or
// a backslash, begins or ends with a space, or cannot be printed.
func appendPlain(dst []byte, text, signs string) []byte {
	odd := func(r rune) bool { return r == '"' || r == '\\' || r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.ContainsAny(text, signs) || strings.ContainsFunc(text, odd) || strings.Trim(text, " ") != text {
		return strconv.AppendQuote(dst, text)
	}
	return append(dst, text...)
}

// All returns the times, in UTC, and the values of the points.
func (s Series) All() iter.Seq2[time.Time, float64] {
	return func(yield func(time.Time, float64) bool) {
		for _, p := range s.Points {
			if !yield(p.Time(), p.Value) {
				return
			}
		}
	}
}

// A Point is a value at a time.
type Point struct {
	// UnixMilli counts milliseconds since the Unix epoch.
	UnixMilli int64
	// Value may be NaN or an infinity where the server wrote that. An integer
	// beyond 2^53 is the nearest float64.
	Value float64
}

// Time returns the point's time in UTC.
func (p Point) Time() time.Time { return time.UnixMilli(p.UnixMilli).UTC() }
