package apptuittest

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
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
	q.outputs, err = parseQuery(q.text)
	return q, err
}

func readSeconds(values url.Values, name string) (int64, error) {
	n, err := strconv.ParseInt(values.Get(name), 10, 64)
	if err != nil || n < 0 || n > math.MaxUint32 {
		return 0, refusef(http.StatusBadRequest, "%s is not a time in whole seconds", name)
	}
	return n, nil
}

// A queryAnswer has the form of Apptuit's.
type queryAnswer struct {
	Outputs     []outputAnswer `json:"outputs"`
	Hints       []string       `json:"hints"`
	Query       queryEcho      `json:"query"`
	Stats       queryStats     `json:"query_stats"`
	Diagnostics []string       `json:"timing_diagnostics"`
}

type outputAnswer struct {
	ID     string         `json:"id"`
	Result []seriesAnswer `json:"result"`
}

type seriesAnswer struct {
	Metric         string            `json:"metric"`
	Tags           map[string]string `json:"tags"`
	AggregatedTags []string          `json:"aggregatedTags"`
	DPs            []sample          `json:"dps"`
}

type queryEcho struct {
	Text  string `json:"querytext"`
	Start int64  `json:"startTime"` // seconds, as asked
	End   int64  `json:"endTime"`
}

type queryStats struct {
	Series int   `json:"numSeries"`
	Millis int64 `json:"queryTimeMillis"`
}

func (x *exchange) serveQuery() {
	began := time.Now()
	q, err := readQuery(x.r.URL.Query())
	if err != nil {
		x.refuse(err)
		return
	}
	answer := q.run(x.srv.store.view())
	answer.Stats.Millis = time.Since(began).Milliseconds()
	writeJSON(x, http.StatusOK, answer)
}

func (q query) run(points []encoding.Point) queryAnswer {
	answer := queryAnswer{
		Outputs:     []outputAnswer{},
		Hints:       []string{},
		Query:       queryEcho{q.text, q.start, q.end},
		Diagnostics: []string{},
	}
	for _, fetch := range q.outputs {
		output := outputAnswer{fetch.id, []seriesAnswer{}}
		for _, s := range fetch.run(points, q.start*1000, q.end*1000) {
			output.Result = append(output.Result, s.answer())
		}
		answer.Outputs = append(answer.Outputs, output)
		answer.Stats.Series += len(output.Result)
	}
	return answer
}

func (s selection) answer() seriesAnswer {
	tags := map[string]string{}
	for _, t := range s.series.Tags() {
		tags[t.Key] = t.Value
	}
	dps := s.samples
	if dps == nil {
		dps = []sample{} // [], not null
	}
	return seriesAnswer{s.series.Metric(), tags, []string{}, dps}
}

// MarshalJSON writes [seconds, value]. A time within a second has a fraction,
// so that no two points become one.
func (s sample) MarshalJSON() ([]byte, error) {
	text := []byte{'['}
	if s.ms%1000 == 0 {
		text = strconv.AppendInt(text, s.ms/1000, 10)
	} else {
		text = strconv.AppendFloat(text, float64(s.ms)/1000, 'f', -1, 64)
	}
	text = append(text, ',')
	if s.value.IsInt() {
		text = strconv.AppendInt(text, s.value.Int64(), 10)
		return append(text, ']'), nil
	}
	value, err := json.Marshal(s.value.Float64())
	return append(append(text, value...), ']'), err
}
