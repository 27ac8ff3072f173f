package apptuittest

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A tsdbQuery is the body of OpenTSDB's POST /api/query, as far as it is known here.
type tsdbQuery struct {
	Start        json.RawMessage
	End          json.RawMessage
	Milliseconds bool `json:"msResolution"`
	Queries      []tsdbPart
}

type tsdbPart struct {
	Aggregator, Metric, Downsample string
	Rate                           bool
	Tags                           map[string]string
}

// serveAnyQuery answers Apptuit's query by GET, and OpenTSDB's by POST.
func serveAnyQuery(x *exchange) {
	if x.r.Method == http.MethodPost {
		tsdbExchange{x}.serve()
		return
	}
	x.serveQuery()
}

// A tsdbExchange is one of OpenTSDB's query.
type tsdbExchange struct{ *exchange }

// serve answers OpenTSDB's own query by POST.
func (x tsdbExchange) serve() {
	q, fetches, start, end, err := x.readQuery()
	if err != nil {
		x.refuse(err)
		return
	}
	points := x.srv.store.view()
	if x.lease, err = x.srv.work.enter(x.r.Context(), queryBytes(points.count, x.srv.cfg.maxPoints)); err != nil {
		x.refuse(err)
		return
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), maxQueryTime)
	defer cancel()
	asked := query{outputs: fetches}
	outputs, err := asked.over(ctx, points.all(), start, end, x.srv.cfg.maxPoints)
	if err != nil {
		x.refuse(err)
		return
	}
	x.answer(slices.Concat(outputs...), q.Milliseconds, x.r.URL.Query().Has("arrays"))
}

// readQuery reads the body, and returns what it asks for in milliseconds.
func (x tsdbExchange) readQuery() (q tsdbQuery, fetches []fetch, start, end int64, err error) {
	if err = x.receive(); err != nil {
		return
	}
	if err = checkHeader(x.r); err != nil {
		return
	}
	if len(x.body) > maxQueryText || json.Unmarshal(x.body, &q) != nil {
		err = refusef(http.StatusBadRequest, "Unable to parse the given JSON, of at most %d bytes", maxQueryText)
		return
	}
	if start, err = tsdbTime(q.Start, "Missing start time"); err != nil {
		return
	}
	end = time.Now().UnixMilli()
	if len(q.End) > 0 {
		if end, err = tsdbTime(q.End, "Unable to parse the end time"); err != nil {
			return
		}
	}
	fetches, err = q.fetches()
	if err == nil && end <= start {
		err = refusef(http.StatusBadRequest, "End time [%d] must be greater than the start time [%d]", end, start)
	}
	return
}

// tsdbTime reads a time in seconds, or in milliseconds where it does not fit in 32 bits.
func tsdbTime(text json.RawMessage, problem string) (int64, error) {
	n, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	if err != nil || n <= 0 {
		return 0, refusef(http.StatusBadRequest, "%s", problem)
	}
	if n <= math.MaxUint32 {
		n *= 1000
	}
	return n, nil
}

func (q tsdbQuery) fetches() ([]fetch, error) {
	if len(q.Queries) == 0 || len(q.Queries) > maxOutputs {
		return nil, refusef(http.StatusBadRequest, "Missing queries, or more than %d", maxOutputs)
	}
	var fetches []fetch
	for _, part := range q.Queries {
		f, err := part.fetch()
		if err != nil {
			return nil, err
		}
		fetches = append(fetches, f)
	}
	return fetches, nil
}

// fetch returns what a part asks for. Of OpenTSDB's aggregators this package has the one
// that leaves each series by itself.
func (p tsdbPart) fetch() (fetch, error) {
	f := fetch{id: p.Metric, metric: p.Metric}
	switch {
	case p.Metric == "":
		return f, refusef(http.StatusBadRequest, "Missing the metric or tsuids, provide at least one")
	case p.Aggregator != "none":
		return f, refusef(http.StatusBadRequest, "No such aggregator here: use none")
	case p.Rate:
		return f, refusef(http.StatusBadRequest, "There is no rate here")
	}
	for key, text := range p.Tags {
		matches, err := tsdbFilter(text)
		if err != nil {
			return f, err
		}
		f.filters = append(f.filters, filter{key, matches})
	}
	if p.Downsample == "" {
		return f, nil
	}
	width, function, _ := strings.Cut(p.Downsample, "-")
	d, err := newDownsample(width, function)
	if err != nil {
		return f, refusef(http.StatusBadRequest, "Invalid downsampler: it is %v", err)
	}
	f.steps = []downsample{d}
	return f, nil
}

// tsdbFilter reads what a tag has to be: *, or one of a|b.
func tsdbFilter(text string) (func(value string) bool, error) {
	if strings.ContainsAny(text, "()") {
		return nil, refusef(http.StatusBadRequest, "There are no filter functions here")
	}
	if text == "*" {
		return func(value string) bool { return value != "" }, nil
	}
	wanted := strings.Split(text, "|")
	return func(value string) bool { return value != "" && slices.Contains(wanted, value) }, nil
}

// A tsdbSeries is an element of the answer, without its points.
type tsdbSeries struct {
	Metric         string            `json:"metric"`
	Tags           map[string]string `json:"tags"`
	AggregatedTags []string          `json:"aggregateTags"`
}

// answer writes the series: their points are an object of values by time, or a list
// where the request asks for arrays.
func (x tsdbExchange) answer(all []selection, milliseconds, arrays bool) {
	x.Header().Set("Content-Type", "application/json; charset=UTF-8")
	var b bytes.Buffer
	b.WriteByte('[')
	for i, s := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		tags := map[string]string{}
		for _, t := range s.series.tags {
			tags[t.Key] = t.Value
		}
		head := encode(tsdbSeries{s.series.metric, tags, []string{}})
		b.Write(head[:len(head)-1]) // without its brace
		b.WriteString(`,"dps":`)
		writeTSDBPoints(&b, s.samples, milliseconds, arrays)
		b.WriteByte('}')
		if _, err := x.Write(b.Bytes()); err != nil {
			return // nobody reads on
		}
		b.Reset()
	}
	b.WriteByte(']')
	x.Write(b.Bytes())
}

// writeTSDBPoints writes points with times in milliseconds, or else in seconds, of which
// the last value counts.
func writeTSDBPoints(b *bytes.Buffer, samples []sample, milliseconds, arrays bool) {
	open, behindTime, end, all := "{", `":`, "", "}"
	before := `"`
	if arrays {
		open, before, behindTime, end, all = "[", "[", ",", "]", "]"
	}
	b.WriteString(open)
	written := 0
	for i, s := range samples {
		at := s.ms
		if !milliseconds {
			at = s.ms / 1000
			if i+1 < len(samples) && samples[i+1].ms/1000 == at {
				continue
			}
		}
		if written++; written > 1 {
			b.WriteByte(',')
		}
		b.WriteString(before + strconv.FormatInt(at, 10) + behindTime)
		b.Write(appendTSDBValue(b.AvailableBuffer(), s.value))
		b.WriteString(end)
	}
	b.WriteString(all)
}

func appendTSDBValue(dst []byte, v encoding.Value) []byte {
	if v.IsInt() {
		return strconv.AppendInt(dst, v.Int64(), 10)
	}
	return append(dst, encode(v.Float64())...)
}
