package query

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// An Aggregator makes one value of all in a bucket of time.
type Aggregator string

// The aggregators.
const (
	Avg   Aggregator = "avg"
	Sum   Aggregator = "sum"
	Min   Aggregator = "min"
	Max   Aggregator = "max"
	Count Aggregator = "count"
	First Aggregator = "first"
	Last  Aggregator = "last"
)

// An Operator compares the value of a tag. A missing tag is an empty one.
type Operator string

// The operators. An expression of Match and NotMatch is a regular one, and has
// to match the whole value.
const (
	Equal    Operator = "="
	NotEqual Operator = "!="
	Match    Operator = "=~"
	NotMatch Operator = "!~"
)

var operators = []Operator{Equal, NotEqual, Match, NotMatch}

// An Expr is a fetch of the series of one metric, and what is done with them.
// It is a value: each method returns a changed copy. Names and values may hold
// anything; they are quoted.
type Expr struct {
	name    string // of the output; empty: the metric
	metric  string
	filters []string // as they are written
	steps   []string
	err     error // the first that was wrong
}

// Fetch returns the series of a metric.
func Fetch(metric string) Expr {
	e := Expr{metric: metric}
	if metric == "" {
		e.err = errors.New("Fetch: the metric is empty")
	}
	return e
}

// Where keeps the series whose tag compares so with value.
func (e Expr) Where(key string, op Operator, value string) Expr {
	if !slices.Contains(operators, op) {
		return e.fail(errors.New("Where: no such operator: use Equal, NotEqual, Match or NotMatch"))
	}
	e.filters = append(slices.Clip(e.filters), quote(key)+string(op)+quote(value))
	return e
}

// Downsample makes one point of all in each width of time, which is counted from
// the Unix epoch; the point has the time where its bucket begins, so that the
// first can lie before the query's start, and is then left out of a result. The
// width is whole seconds, at most 100 years.
func (e Expr) Downsample(width time.Duration, by Aggregator) Expr {
	text, err := duration(width)
	if err != nil {
		return e.fail(err)
	}
	if by == "" {
		return e.fail(errors.New("Downsample: the aggregator is empty"))
	}
	e.steps = append(slices.Clip(e.steps), ".downsample("+quote(text)+","+quote(string(by))+")")
	return e
}

// As names the output: ASCII letters, digits and "_", no digit first, and not a
// word of the language.
func (e Expr) As(name string) Expr {
	if err := checkName(name); err != nil {
		return e.fail(err)
	}
	e.name = name
	return e
}

func (e Expr) fail(err error) Expr {
	if e.err == nil {
		e.err = err
	}
	return e
}

// Err returns the first thing that was wrong with a call, nil where the
// expression can be written.
func (e Expr) Err() error {
	if e.err == nil {
		return nil
	}
	return &Error{Err: e.err}
}

// String returns the query. Where Err is not nil it returns a text that holds
// the error, and that [Client.Query] refuses with it.
func (e Expr) String() string {
	if e.err != nil {
		return invalid(e.err)
	}
	return e.text()
}

func (e Expr) text() string {
	var b strings.Builder
	if e.name != "" {
		b.WriteString(e.name + "=")
	}
	b.WriteString("fetch(" + strings.Join(append([]string{quote(e.metric)}, e.filters...), ", ") + ")")
	b.WriteString(strings.Join(e.steps, ""))
	return b.String()
}
