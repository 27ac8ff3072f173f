package apptuittest

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// The parts of an answer to a query, which has the form of Apptuit's.
type (
	seriesHead struct {
		Metric         string            `json:"metric"`
		Tags           map[string]string `json:"tags"`
		AggregatedTags []string          `json:"aggregatedTags"`
	}
	answerTail struct {
		Hints       []string   `json:"hints"`
		Query       queryEcho  `json:"query"`
		Stats       queryStats `json:"query_stats"`
		Diagnostics []string   `json:"timing_diagnostics"`
	}
	queryEcho struct {
		Text  string `json:"querytext"`
		Start int64  `json:"startTime"` // seconds, as asked
		End   int64  `json:"endTime"`
	}
	queryStats struct {
		Series int   `json:"numSeries"`
		Millis int64 `json:"queryTimeMillis"`
	}
)

// answerQuery writes the answer as it goes: it may be much larger than what it
// is made of.
func (x *exchange) answerQuery(q query, outputs [][]selection, took time.Duration) {
	x.Header().Set("Content-Type", "application/json; charset=UTF-8")
	a := answerWriter{bufio.NewWriterSize(x, 32<<10)}
	tail := answerTail{
		Hints:       []string{},
		Query:       queryEcho{q.text, q.start, q.end},
		Stats:       queryStats{Millis: took.Milliseconds()},
		Diagnostics: []string{},
	}
	a.WriteString(`{"outputs":[`)
	for i, selections := range outputs {
		tail.Stats.Series += len(selections)
		a.comma(i)
		a.WriteString(`{"id":`)
		a.Write(encode(q.outputs[i].id))
		a.WriteString(`,"result":[`)
		for i, s := range selections {
			a.comma(i)
			if a.series(s) != nil {
				return // nobody reads on
			}
		}
		a.WriteString("]}")
	}
	a.WriteString("],")
	a.Write(encode(tail)[1:]) // without its brace
	a.Flush()
}

// An answerWriter writes JSON; its errors stay and come back from series.
type answerWriter struct{ *bufio.Writer }

func (a answerWriter) comma(i int) {
	if i > 0 {
		a.WriteByte(',')
	}
}

func (a answerWriter) series(s selection) error {
	tags := map[string]string{}
	for _, t := range s.series.tags {
		tags[t.Key] = t.Value
	}
	head := encode(seriesHead{s.series.metric, tags, []string{}})
	a.Write(head[:len(head)-1]) // without its brace
	a.WriteString(`,"dps":[`)
	for i, sample := range s.samples {
		a.comma(i)
		if _, err := a.Write(sample.append(a.AvailableBuffer())); err != nil {
			return err
		}
	}
	_, err := a.WriteString("]}")
	return err
}

// append writes [seconds, value]. A time within a second has a fraction, so
// that no two points become one.
func (s sample) append(dst []byte) []byte {
	dst = append(dst, '[')
	if s.ms%1000 == 0 {
		dst = strconv.AppendInt(dst, s.ms/1000, 10)
	} else {
		dst = strconv.AppendFloat(dst, float64(s.ms)/1000, 'f', -1, 64)
	}
	dst = append(dst, ',')
	if s.value.IsInt() {
		dst = strconv.AppendInt(dst, s.value.Int64(), 10)
		return append(dst, ']')
	}
	return append(append(dst, encode(s.value.Float64())...), ']')
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	w.Write(encode(answer))
}

func encode(answer any) []byte {
	text, err := json.Marshal(answer)
	if err != nil {
		panic("apptuittest: an answer does not encode: " + err.Error())
	}
	return text
}
