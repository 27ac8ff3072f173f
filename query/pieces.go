package query

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

// maxPieces bounds the requests that one query may become.
const maxPieces = 10_000

// InPieces returns a client of the same endpoint that asks for a longer time than d in
// several requests, one after the other, and joins what they give: for ranges whose answer
// would be beyond [transport.WithMaxAnswerBytes], or take longer than a request may. That
// bound is then one of each piece. [Client.Raw] and [Client.PromQLAt] are as before.
//
// The time is cut at the multiples of d since the Unix epoch, and for [Client.PromQL] at
// its steps. So that nothing shows where it was cut, d should be a multiple of the width
// of a downsampling. It is at least a second.
func (c *Client) InPieces(d time.Duration) *Client {
	copied := *c
	copied.pieces = pieces(d)
	return &copied
}

// pieces are how long one request may ask for, 0 for any time.
type pieces time.Duration

// check tells whether the pieces are long enough.
func (p pieces) check() error {
	if p != 0 && p < pieces(time.Second) {
		return errors.New("InPieces: a piece is shorter than a second")
	}
	return nil
}

// A span is what one request asks for, and which points of the answer are its own.
type span struct {
	start, end time.Time // a zero end is the server's now
	within     answer.TimeRange
}

// spans cuts a time into those of requests. Each piece but the last ends where the
// next begins, and the point there is the next one's.
func (p pieces) spans(start, end time.Time) ([]span, error) {
	all := answer.RangeOf(start, end)
	if err := p.check(); err != nil || p == 0 {
		return []span{{start, end, all}}, err
	}
	until := end
	if end.IsZero() {
		until = time.Now()
	}
	d := time.Duration(p).Milliseconds()
	if (until.UnixMilli()-start.UnixMilli())/d >= maxPieces {
		return nil, tooManyPieces()
	}
	var spans []span
	for from := start; ; {
		cut := time.UnixMilli((floorDiv(from.UnixMilli(), d) + 1) * d)
		if !cut.Before(until) {
			return append(spans, span{from, end, answer.TimeRange{First: max(all.First, from.UnixMilli()), Last: all.Last}}), nil
		}
		spans = append(spans, span{from, cut, answer.TimeRange{First: max(all.First, from.UnixMilli()), Last: cut.UnixMilli() - 1}})
		from = cut
	}
}

func tooManyPieces() error {
	return fmt.Errorf("InPieces: the time is more than %d pieces", maxPieces)
}

// floorDiv divides and rounds down, for times before 1970 too.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// joined asks for each span and joins the results in this order.
func joined[S any](spans []S, ask func(S) (*Result, error)) (*Result, error) {
	result, err := ask(spans[0])
	if err != nil || len(spans) == 1 {
		return result, err
	}
	j := newJoiner(result)
	for _, s := range spans[1:] {
		next, err := ask(s)
		if err != nil {
			return nil, err
		}
		j.add(next)
	}
	return result, nil
}

// A joiner adds the results of later times to that of the first.
type joiner struct {
	result  *Result
	outputs map[string]int   // in the result, by id
	series  map[seriesAt]int // in their output
}

// A seriesAt names a series: those of one name in one output have a rank.
type seriesAt struct {
	output, name string
	rank         int
}

func newJoiner(first *Result) *joiner {
	j := &joiner{result: first, outputs: map[string]int{}, series: map[seriesAt]int{}}
	for i, o := range first.Outputs {
		j.outputs[o.ID] = i
		ranks := map[string]int{}
		for k, s := range o.Series {
			j.series[rankOf(o.ID, s, ranks)] = k
		}
	}
	return j
}

func rankOf(output string, s Series, ranks map[string]int) seriesAt {
	name := s.Name()
	ranks[name]++
	return seriesAt{output, name, ranks[name]}
}

func (j *joiner) add(next *Result) {
	r := j.result
	r.Warnings, r.Hints = withNew(r.Warnings, next.Warnings), withNew(r.Hints, next.Hints)
	if !next.Query.End.IsZero() {
		r.Query.End = next.Query.End
	}
	r.Stats.Elapsed += next.Stats.Elapsed
	r.Stats.Series = max(r.Stats.Series, next.Stats.Series)
	for _, o := range next.Outputs {
		i, known := j.outputs[o.ID]
		if !known {
			i = len(r.Outputs)
			j.outputs[o.ID] = i
			r.Outputs = append(r.Outputs, Output{ID: o.ID})
		}
		j.addSeries(&r.Outputs[i], o.Series)
	}
}

func (j *joiner) addSeries(to *Output, more []Series) {
	ranks := map[string]int{}
	for _, s := range more {
		at := rankOf(to.ID, s, ranks)
		i, known := j.series[at]
		if !known {
			j.series[at] = len(to.Series)
			to.Series = append(to.Series, s)
			continue
		}
		old := &to.Series[i]
		old.Points = append(old.Points, s.Points...)
		old.AggregatedTags = withNew(old.AggregatedTags, s.AggregatedTags)
	}
}

// withNew adds the texts that are not there yet.
func withNew(texts, more []string) []string {
	for _, t := range more {
		if !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
	}
	return texts
}
