package apptuittest

import (
	"context"
	"iter"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// A query is what a request asks for.
type query struct {
	text       string
	start, end int64 // seconds since the Unix epoch, both included
	outputs    []fetch
}

func readQuery(values url.Values) (q query, err error) {
	q.text = values.Get("q")
	if q.start, err = readSeconds(values, "start"); err != nil {
		return q, err
	}
	q.end = time.Now().Unix()
	if values.Has("end") {
		if q.end, err = readSeconds(values, "end"); err != nil {
			return q, err
		}
	}
	if q.end < q.start {
		return q, refusef(http.StatusBadRequest, "end is before start")
	}
	if len(q.text) > maxQueryText {
		return q, refusef(http.StatusBadRequest, "the query is longer than %d bytes", maxQueryText)
	}
	q.outputs, err = parseQuery(q.text)
	if len(q.outputs) > maxOutputs {
		return q, refusef(http.StatusBadRequest, "the query has more than %d outputs", maxOutputs)
	}
	return q, err
}

func readSeconds(values url.Values, name string) (int64, error) {
	n, err := strconv.ParseInt(values.Get(name), 10, 64)
	if err != nil || n < 0 || n > math.MaxUint32 {
		return 0, refusef(http.StatusBadRequest, "%s is not a time in whole seconds", name)
	}
	return n, nil
}

var (
	errSlowQuery = refusef(http.StatusServiceUnavailable, "the query takes longer than %v: ask for fewer series", maxQueryTime)
	errManyFound = refusef(http.StatusBadRequest, "the query looks at more than %d points: ask for less time, or for fewer series", maxFound)
	errWordy     = refusef(http.StatusBadRequest, "the names and tags of the answer are larger than %d bytes: ask for fewer series", maxAnswerNames)
)

const (
	sampleBytes     = 24
	expressionBytes = 32 << 20 // of all regular expressions of a query
)

// queryBytes returns about what a query takes in memory: the samples that are
// found grow by doubling, and those of the answer are bounded.
func queryBytes(points, maxPoints int) int {
	points = min(points, maxFound)
	return sampleBytes*(2*points+min(maxOutputs*points, maxPoints)) + expressionBytes
}

func (x *exchange) serveQuery() {
	began := time.Now()
	points := x.srv.store.view()
	var err error
	if x.lease, err = x.srv.work.enter(x.r.Context(), queryBytes(points.count, x.srv.cfg.maxPoints)); err != nil {
		x.refuse(err)
		return
	}
	q, err := readQuery(x.r.URL.Query())
	if err != nil {
		x.refuse(err)
		return
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), maxQueryTime)
	defer cancel()
	outputs, err := q.run(ctx, points.all(), x.srv.cfg.maxPoints)
	if err != nil {
		x.refuse(err)
		return
	}
	x.answerQuery(q, outputs, time.Since(began))
}

// run returns the selections of each output.
func (q query) run(ctx context.Context, points iter.Seq[entry], maxPoints int) ([][]selection, error) {
	return q.over(ctx, points, q.start*1000, q.end*1000, maxPoints)
}

// over is run over a time in milliseconds.
func (q query) over(ctx context.Context, points iter.Seq[entry], start, end int64, maxPoints int) ([][]selection, error) {
	matches, err := find(ctx, q.outputs, points, start, end)
	if err != nil {
		return nil, err
	}
	outputs := make([][]selection, len(q.outputs))
	size := answerSize{maxPoints, maxAnswerNames}
	for i, fetch := range q.outputs {
		for _, m := range matches {
			if !m.wanted[i] {
				continue
			}
			samples, err := fetch.process(ctx, m.samples)
			if err != nil {
				return nil, err
			}
			s := selection{m.series, samples}
			if err := size.take(s, maxPoints); err != nil {
				return nil, err
			}
			outputs[i] = append(outputs[i], s)
		}
	}
	return outputs, nil
}

// An answerSize is what an answer may still hold.
type answerSize struct{ points, names int }

func (a *answerSize) take(s selection, maxPoints int) error {
	a.points -= len(s.samples)
	a.names -= seriesBytes + len(s.series.metric)
	for _, t := range s.series.tags {
		a.names -= len(t.Key) + len(t.Value)
	}
	switch {
	case a.points < 0:
		return refusef(http.StatusBadRequest, "the answer would hold more than %d points: ask for less time, or downsample", maxPoints)
	case a.names < 0:
		return errWordy
	}
	return nil
}
