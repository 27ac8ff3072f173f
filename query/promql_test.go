package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/transport"
)

const promMatrix = `{"status":"success","isPartial":false,"data":{"resultType":"matrix","result":[
	{"metric":{"__name__":"cpu","host":"a"},"values":[[1714564800,"1"],[1714564815.5,"NaN"],[1714564830,"+Inf"],[1714564845,"-1.2E7"]]},
	{"metric":{},"values":[[1714564800,"0.12345678901234567"]]}]},
	"warnings":["w1"],"infos":["i1","i2"],"stats":{"seriesFetched":"2","executionTimeMsec":5}}`

func promText(t *testing.T, text string) *Result {
	t.Helper()
	r, err := newDecoder(iotest.HalfReader(strings.NewReader(text)), answer.Always, maxAnswer).whole(promResult("expr"))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return r
}

func TestPromMatrix(t *testing.T) {
	r := promText(t, promMatrix)
	const start = 1_714_564_800_000
	want := []Output{{"expr", []Series{
		{Metric: "cpu", Tags: map[string]string{"host": "a"}, Points: []Point{{start, 1}, {start + 15_500, math.NaN()}, {start + 30_000, math.Inf(1)}, {start + 45_000, -1.2e7}}},
		{Points: []Point{{start, 0.12345678901234567}}},
	}}}
	if !sameOutputs(r.Outputs, want) {
		t.Errorf("got  %v\nwant %v", r.Outputs, want)
	}
	if !slices.Equal(r.Warnings, []string{"w1"}) || !slices.Equal(r.Hints, []string{"i1", "i2"}) || r.Stats.Elapsed != 5*time.Millisecond || r.Text != "" {
		t.Errorf("%+v", r)
	}
}

func TestPromKinds(t *testing.T) {
	one := func(s Series) []Output { return []Output{{"expr", []Series{s}}} }
	for data, want := range map[string]Result{
		`{"resultType":"vector","result":[{"metric":{"__name__":"up","a":"b"},"value":[1.5,"2"]}]}`: {Outputs: one(Series{Metric: "up", Tags: map[string]string{"a": "b"}, Points: []Point{{1500, 2}}})},
		`{"resultType":"vector","result":[]}`:                                                       {},
		`{"resultType":"matrix","result":null}`:                                                     {},
		`{"resultType":"scalar","result":[1,"2.5"]}`:                                                {Outputs: one(Series{Points: []Point{{1000, 2.5}}})},
		`{"result":[1,"+Inf"],"resultType":"scalar"}`:                                               {Outputs: one(Series{Points: []Point{{1000, math.Inf(1)}}})},
		`{"result":[1,"a\nb"],"resultType":"string"}`:                                               {Text: "a\nb"},
		`{"resultType":"string","result":[1,"7"]}`:                                                  {Text: "7"},
		`{"resultType":"vector","result":[{"metric":{"a":"b"},"value":null}]}`:                      {Outputs: one(Series{Tags: map[string]string{"a": "b"}})},
	} {
		r := promText(t, `{"status":"success","data":`+data+`}`)
		if !sameOutputs(r.Outputs, want.Outputs) || r.Text != want.Text {
			t.Errorf("%s: %+v, want %+v", data, r, want)
		}
	}
	if r := promText(t, `{"status":"success","isPartial":true,"data":{"result":[]},"warnings":["w"]}`); len(r.Warnings) != 2 || !strings.Contains(r.Warnings[0], "partial") {
		t.Errorf("%q", r.Warnings)
	}
}

// A native histogram is given as a classic one.
func TestPromNativeHistograms(t *testing.T) {
	const h1 = `{"count":"6","sum":"7.5","buckets":[[3,"-0.001","0.001","1"],[0,"0.5","1","2"],[0,"1","2","3"]]}`
	const h2 = `{"count":"7","sum":"8","buckets":[[0,"1","2","7"]]}`
	bucketOf := func(le string, points ...Point) Series {
		return Series{Metric: "lat_bucket", Tags: map[string]string{"host": "a", "le": le}, Points: points}
	}
	tags := map[string]string{"host": "a"}
	want := []Series{
		bucketOf("0.001", Point{1000, 1}), bucketOf("1", Point{1000, 3}), bucketOf("2", Point{1000, 6}, Point{2000, 7}), bucketOf("+Inf", Point{1000, 6}, Point{2000, 7}),
		{Metric: "lat_count", Tags: tags, Points: []Point{{1000, 6}, {2000, 7}}}, {Metric: "lat_sum", Tags: tags, Points: []Point{{1000, 7.5}, {2000, 8}}},
	}
	r := promText(t, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"lat","host":"a"},"histograms":[[1,`+h1+`],[2,`+h2+`]]}]}}`)
	if got := r.Outputs[0].Series; !sameOutputs([]Output{{"", got}}, []Output{{"", want}}) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	r = promText(t, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"lat","host":"a"},"histogram":[1,`+h1+`]}]}}`)
	if got := r.Outputs[0].Series; len(got) != 6 || got[3].Points[0].Value != 6 || len(got[2].Points) != 1 {
		t.Errorf("%v", got)
	}
}

func TestPromErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"status":"error","errorType":"bad_data","error":"parse error"}`: `the server says "parse error"`,
		`{"status":"success"}`:           `an object with "data"`,
		`{"status":"success","data":{}}`: `an object with "data"`,
		`{"status":"success","data":{"resultType":"scalar","result":[1,"x"]}}`:                "a scalar is no number",
		`{"status":"success","data":{"resultType":"scalar","result":[1]}}`:                    "a time and a value",
		`{"status":"success","data":{"resultType":"scalar","result":[1,"2","3"]}}`:            "the end of a result",
		`{"status":"success","data":{"resultType":"vector","result":[{"value":[1]}]}}`:        "a comma and a value",
		`{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"x"]]}]}}`: `a number, "NaN"`,
		`{"status":"success","data":{"result":[{},1]}}`:                                       "the end of a result",
		`{"status":"success","data":{"result":[{"histograms":[1]}]}}`:                         "a histogram was",
		`[]`: "an object was",
	} {
		_, err := newDecoder(strings.NewReader(text), answer.Always, maxAnswer).whole(promResult("x"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for n := range len(promMatrix) {
		if _, err := newDecoder(strings.NewReader(promMatrix[:n]), answer.Always, maxAnswer).whole(promResult("x")); err == nil {
			t.Errorf("%d bytes: no error", n)
		}
	}
}

func TestPromRequests(t *testing.T) {
	r := Range{Start: noon, End: noon.Add(time.Hour), Step: 1500 * time.Millisecond}
	for want, ask := range map[string]func(*Client) error{
		"POST /x/prometheus/api/v1/query_range end=1714568400&query=a%2Bb&start=1714564800&step=1.5": func(c *Client) error {
			_, err := c.PromQL(t.Context(), "a+b", r)
			return err
		},
		"POST /x/prometheus/api/v1/query_range end=1714564860&nocache=1&query=a&start=1714564801.25&step=60": func(c *Client) error {
			_, err := c.PromQL(t.Context(), "a", Range{noon.Add(1250 * time.Millisecond), noon.Add(time.Minute), time.Minute})
			return err
		},
		"POST /x/prometheus/api/v1/query query=a&time=1714564800": func(c *Client) error {
			_, err := c.PromQLAt(t.Context(), "a", noon)
			return err
		},
		"POST /x/prometheus/api/v1/query query=a": func(c *Client) error {
			_, err := c.PromQLAt(t.Context(), "a", time.Time{})
			return err
		},
	} {
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, `{"status":"success","data":{"result":[]}}`)}}
		if err := ask(dial(t, w, transport.WithEndpoint("https://api.test/x/"))); err != nil {
			t.Fatal(err)
		}
		q := w.Asked()[0]
		if got := q.Method + " " + q.URL.Path + " " + string(w.Bodies[0]); got != want || q.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestPromPath(t *testing.T) {
	for path, want := range map[string]string{"": "/x/api/v1/query", "/": "/x/api/v1/query", "/a/b/": "/x/a/b/api/v1/query"} {
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, `{"status":"success","data":{"result":[]}}`)}}
		c := dial(t, w, transport.WithEndpoint("https://api.test/x"), WithPromPath(path))
		if _, err := c.PromQLAt(t.Context(), "a", noon); err != nil || w.Asked()[0].URL.Path != want {
			t.Errorf("%q: %s, %v", path, w.Asked()[0].URL.Path, err)
		}
		if c.PromPath() != strings.TrimRight(path, "/") {
			t.Error(c.PromPath())
		}
	}
	for _, path := range []string{"x", "/../x", "/a?b", "//a", "/a\n"} {
		if _, err := New(transport.WithEnv(nil), transport.WithToken(testToken), WithPromPath(path)); err == nil || !strings.Contains(err.Error(), "WithPromPath") {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// A server that takes no POST is asked by GET, and only so from then on.
func TestPromAsksByGET(t *testing.T) {
	for _, code := range []int{405, 501} {
		good := nettest.Status(200, promMatrix)
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(code, "no"), good, good, nettest.Status(code, "no"), nettest.Status(code, "no")}}
		c := dial(t, w)
		for range 2 {
			if r, err := c.PromQLAt(t.Context(), "a b", noon); err != nil || len(r.Outputs) != 1 {
				t.Fatal(err)
			}
		}
		var methods []string
		for _, q := range w.Asked() {
			methods = append(methods, q.Method)
		}
		if got := strings.Join(methods, " "); got != "POST GET GET" || w.Asked()[1].URL.RawQuery != "query=a+b&time=1714564800" || len(w.Bodies[1]) > 0 {
			t.Errorf("%d: %s, %s", code, got, w.Asked()[1].URL)
		}
		_, err := c.PromQLAt(t.Context(), "a", noon)
		var e *Error
		if !errors.As(err, &e) || e.Status != code {
			t.Errorf("%v", err)
		}
	}
}

func TestPromRefusesBeforeAnyRequest(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Fails(errors.New("there was a request"))}}
	c := dial(t, w)
	r := Range{noon, noon.Add(time.Hour), time.Minute}
	for want, err := range map[string]error{
		"the query is empty":      second(c.PromQL(t.Context(), " ", r)),
		"the step is shorter":     second(c.PromQL(t.Context(), "a", Range{noon, noon, 0})),
		"the query has no start":  second(c.PromQL(t.Context(), "a", Range{time.Time{}, noon, time.Minute})),
		"end is before its start": second(c.PromQL(t.Context(), "a", Range{noon, noon.Add(-1), time.Minute})),
		"query is empty":          second(c.PromQLAt(t.Context(), "", noon)),
		"has no metric":           second(c.OpenTSDB(t.Context(), OpenTSDBQuery{}, noon, noon)),
		"a rate cannot be":        second(c.InPieces(time.Hour).OpenTSDB(t.Context(), OpenTSDBQuery{Metric: "m", Rate: true}, noon, noon)),
		"a piece is shorter":      second(c.InPieces(time.Millisecond).PromQL(t.Context(), "a", r)),
		"InPieces: a piece is":    second(c.InPieces(-1).Query(t.Context(), "a", noon, noon)),
		"the time is more than":   second(c.InPieces(time.Second).Query(t.Context(), "a", noon, noon.Add(1000*time.Hour))),
		"more than 10000 pieces":  second(c.InPieces(time.Second).PromQL(t.Context(), "a", Range{noon, noon.Add(1000 * time.Hour), time.Second})),
	} {
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for _, err := range c.Raw(t.Context(), "", noon, noon) {
		if err == nil || !strings.Contains(err.Error(), "empty") {
			t.Error(err)
		}
	}
	if len(w.Asked()) > 0 {
		t.Errorf("%d requests", len(w.Asked()))
	}
}

func second[T any](_ T, err error) error { return err }

func TestQueryEndpoint(t *testing.T) {
	env := environment(map[string]string{"APPTUIT_API_TOKEN": "test-token", "APPTUIT_API_ENDPOINT": "https://write.test", "APPTUIT_QUERY_ENDPOINT": "https://read.test:8428"})
	for want, opts := range map[string][]Option{
		"https://read.test:8428": {env},
		"https://code.test":      {env, transport.WithEndpoint("https://code.test")},
	} {
		c, err := New(opts...)
		if err != nil || c.Endpoint() != want {
			t.Errorf("%v, %v", c, err)
		}
	}
	wrong := environment(map[string]string{"APPTUIT_API_TOKEN": "test-token", "APPTUIT_QUERY_ENDPOINT": "ftp://secret"})
	if _, err := New(wrong); err == nil || !strings.Contains(err.Error(), "APPTUIT_QUERY_ENDPOINT: it does not begin") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

// What is too large says the bound, and what to do.
func TestTooLargeSaysWhatToDo(t *testing.T) {
	long := strings.Repeat(" ", 2000)
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, long+oneSeries("[]"))}}
	c := dial(t, w, transport.WithMaxAnswerBytes(1000))
	_, err := c.Query(t.Context(), "x", noon, noon)
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "1000 bytes") || !strings.Contains(err.Error(), "InPieces") || !strings.Contains(err.Error(), "allow more (WithMaxAnswerBytes)") {
		t.Error(err)
	}
}

// tickStore answers range queries with the steps as values, and Apptuit's queries with
// a point each 500 ms and one bucket for each minute.
func tickStore(r *http.Request) (*http.Response, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	number := func(name string) int64 {
		f, _ := strconv.ParseFloat(r.Form.Get(name), 64)
		return int64(math.Round(f * 1000))
	}
	start, end, step := number("start"), number("end"), number("step")
	if strings.HasSuffix(r.URL.Path, "/api/query") {
		step = 500
	}
	var values []string
	for at := start; at <= end; at += step {
		values = append(values, fmt.Sprintf("[%g,%d]", float64(at)/1000, at))
	}
	text := "[" + strings.Join(values, ",") + "]"
	if strings.HasSuffix(r.URL.Path, "/api/query") {
		return nettest.Status(200, fmt.Sprintf(`{"outputs":[{"id":"o","result":[{"metric":"m","aggregatedTags":["a%d"],"dps":%s},{"metric":"m","dps":%s},{"metric":"m%d","dps":%s}]}],"hints":["h"],"query":{"startTime":%d,"endTime":%d}}`,
			start%2, text, text, start, text, start/1000, end/1000))(r)
	}
	return nettest.Status(200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"m"},"values":`+text+`}]},"warnings":["w"]}`)(r)
}

// What is asked for in pieces is what is asked for at once, without a seam.
func TestPiecesAreTheWhole(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{tickStore}}
	c := dial(t, w)
	for _, start := range []time.Time{noon, noon.Add(7300 * time.Millisecond), time.Unix(-1000, 0)} {
		for _, length := range []time.Duration{0, time.Second, 59 * time.Second, time.Minute, time.Hour, time.Hour + 30500*time.Millisecond} {
			for _, d := range []time.Duration{time.Second, 7 * time.Second, time.Minute, 24 * time.Hour} {
				if length/d > 70 {
					continue
				}
				r := Range{start, start.Add(length), 15 * time.Second}
				whole, err := c.PromQL(t.Context(), "m", r)
				pieces, err2 := c.InPieces(d).PromQL(t.Context(), "m", r)
				if err := errors.Join(err, err2); err != nil || !reflect.DeepEqual(whole, pieces) {
					t.Fatalf("PromQL of %v from %v by %v: %v\n%v\n%v", length, start, d, err, whole, pieces)
				}
				whole, err = c.Query(t.Context(), "m", r.Start, r.End)
				pieces, err2 = c.InPieces(d).Query(t.Context(), "m", r.Start, r.End)
				if err := errors.Join(err, err2); err != nil || !sameOutputs([]Output{{"", whole.Outputs[0].Series[:2]}}, []Output{{"", pieces.Outputs[0].Series[:2]}}) {
					t.Fatalf("Query of %v from %v by %v: %v\n%v\n%v", length, start, d, err, whole, pieces)
				}
				if len(pieces.Hints) != 1 || !pieces.Query.End.Equal(whole.Query.End) || !pieces.Query.Start.Equal(whole.Query.Start) {
					t.Errorf("%+v", pieces)
				}
			}
		}
	}
	if r, err := c.InPieces(time.Minute).Query(t.Context(), "m", noon, noon.Add(3*time.Minute)); err != nil || len(r.Outputs[0].Series) != 2+3 {
		t.Errorf("%d series, %v: a series of one piece alone stays", len(r.Outputs[0].Series), err)
	}
}

// A query without an end asks the server for its now in the last piece.
func TestPiecesUntilNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, oneSeries("[]"))}}
		_, err := dial(t, w).InPieces(time.Hour).Query(t.Context(), "m", time.Now().Add(-150*time.Minute), time.Time{})
		if err != nil || len(w.Asked()) != 3 || w.Asked()[1].URL.Query().Get("end") == "" || w.Asked()[2].URL.Query().Has("end") {
			t.Errorf("%d requests, %v", len(w.Asked()), err)
		}
	})
}

const exported = `{"metric":{"__name__":"cpu","host":"a"},"values":[1,2.5,null,"Infinity"],"timestamps":[1714564800000,1714564801250,1714564802000,1714564803000]}
{"timestamps":[5000],"values":[-1.2E7],"metric":{"__name__":"old"}}

{"metric":{"__name__":"cpu"},"values":[],"timestamps":[]}
`

func TestRaw(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(503, "busy"), nettest.Status(200, exported)}}
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, w)
		var got []Series
		for s, err := range c.Raw(t.Context(), `{host="a"}`, noon, noon.Add(3*time.Second)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, s)
		}
		at := noon.UnixMilli()
		want := []Series{
			{Metric: "cpu", Tags: map[string]string{"host": "a"}, Points: []Point{{at, 1}, {at + 1250, 2.5}, {at + 3000, math.Inf(1)}}},
			{Metric: "old"}, {Metric: "cpu"},
		}
		if !sameOutputs([]Output{{"", got}}, []Output{{"", want}}) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
	asked := w.Asked()[1]
	form := asked.URL.Query()
	if asked.Method != http.MethodGet || form.Get("match[]") != `{host="a"}` || form.Get("start") != "1714564800" || form.Get("end") != "1714564803" || asked.URL.Path != "/prometheus/api/v1/export" {
		t.Errorf("%s %s", asked.Method, asked.URL)
	}
}

// What is too long for a request line is asked for by POST.
func TestRawOfALongSelector(t *testing.T) {
	selector := `{host=~"` + strings.Repeat("a|", maxGet) + `a"}`
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, exported)}}
	synctest.Test(t, func(t *testing.T) {
		for _, err := range dial(t, w).Raw(t.Context(), selector, noon, noon.Add(3*time.Second)) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	form, err := url.ParseQuery(string(w.Bodies[0]))
	if err != nil || form.Get("match[]") != selector || w.Asked()[0].Method != http.MethodPost {
		t.Errorf("%v, %s", err, w.Asked()[0].Method)
	}
}

func TestRawErrors(t *testing.T) {
	line := strings.SplitAfter(exported, "\n")[0]
	for text, want := range map[string]string{
		line + `{"metric":{"__name__":"cpu"},"values":[1],"timestamps":[1,2]}`: "as many values as timestamps",
		line + `{"values":[1],"timestamps":[1]}`:                               "a series with",
		line + `{"status":"error","error":"x"}`:                                "a series with",
		line + line[:40]:                                                       "cut off",
		line + `[]`:                                                            "an object was",
		line + `{"metric":{},"values":[1],"timestamps":[1e300]}`:               "a time up to",
		line + `{"metric":{},"values":["x"],"timestamps":[1]}`:                 "a number, ",
		line + `{"metric":{"a":"` + strings.Repeat("x", 3000) + `"}}`:          "allow more (WithMaxAnswerBytes)",
	} {
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, text)}}
		n := 0
		var last error
		for _, err := range dial(t, w, transport.WithMaxAnswerBytes(1000)).Raw(t.Context(), "x", noon, noon.Add(time.Hour)) {
			n++
			last = err
		}
		var e *Error
		if !errors.As(last, &e) || !strings.Contains(last.Error(), want) || n != 2 || len(w.Asked()) != 1 {
			t.Errorf("%.200s: %d series, %d requests, %v, want %s", text, n, len(w.Asked()), last, want)
		}
	}
}

// The loop may be left at any time, and a context may end.
func TestRawIsLeft(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, exported)}}
	for range dial(t, w).Raw(t.Context(), "x", noon, time.Time{}) {
		break
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Body(200, nettest.Slowly(exported))}})
		n := 0
		var last error
		for _, err := range c.Raw(ctx, "x", noon, time.Time{}) {
			n, last = n+1, err
		}
		if !errors.Is(last, context.DeadlineExceeded) || n != 4 {
			t.Errorf("%d, %v", n, last)
		}
	})
}

// The time-out is for each part: who reads slowly is not cut off, and a server that
// stops is.
func TestRawWaitsForParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Body(200, nettest.Slowly(exported))}}
		began, n := time.Now(), 0
		var last error
		for _, err := range dial(t, w, transport.WithTimeout(10*time.Second)).Raw(t.Context(), "x", noon, time.Time{}) {
			if n, last = n+1, err; err == nil {
				time.Sleep(time.Minute)
			}
		}
		took := time.Since(began)
		if n != 4 || last == nil || !strings.Contains(last.Error(), "within 10s") || took < 3*time.Minute || took > 4*time.Minute || len(w.Asked()) != 1 {
			t.Errorf("%d after %v: %v", n, took, last)
		}
	})
}

func TestTagKeys(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, `{"status":"success","data":["__name__","zone","host"]}`), nettest.Status(200, `{"status":"error","error":"bad"}`)}}
	c := dial(t, w)
	if keys, err := c.TagKeys(t.Context(), "x", noon, time.Time{}); err != nil || !slices.Equal(keys, []string{"host", "zone"}) {
		t.Errorf("%q, %v", keys, err)
	}
	if _, err := c.TagKeys(t.Context(), "x", noon, time.Time{}); err == nil || !strings.Contains(err.Error(), "bad") {
		t.Error(err)
	}
}

const tsdbObject = `[{"metric":"m","tags":{"host":"a"},"aggregateTags":["cpu"],"dps":{"1714564801000":2.5,"1714564800":1,"1714564802":"NaN","1714564803":null}},{"statsSummary":{"x":[1]}}]`

func TestOpenTSDB(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, tsdbObject), nettest.Status(200, `[{"metric":"m","tags":{},"aggregateTags":[],"dps":[[1714564800,1],[1714564799,2]]}]`), nettest.Status(200, "[]")}}
	c := dial(t, w)
	q := OpenTSDBQuery{Metric: "m", Tags: map[string]string{"host": "*"}, Aggregator: "sum", Downsample: "1m-avg", Rate: true}
	at := noon.UnixMilli()
	for _, want := range [][]Output{
		{{"m", []Series{{Metric: "m", Tags: map[string]string{"host": "a"}, AggregatedTags: []string{"cpu"}, Points: []Point{{at, 1}, {at + 1000, 2.5}, {at + 2000, math.NaN()}}}}}},
		{{"m", []Series{{Metric: "m", Points: []Point{{at, 1}}}}}},
		nil,
	} {
		r, err := c.OpenTSDB(t.Context(), q, noon, noon.Add(time.Minute))
		if err != nil || !sameOutputs(r.Outputs, want) {
			t.Fatalf("%v, %v\nwant %v", r, err, want)
		}
		if want != nil && !slices.Equal(r.Outputs[0].Series[0].AggregatedTags, want[0].Series[0].AggregatedTags) {
			t.Errorf("%+v", r)
		}
	}
	const body = `{"start":1714564800000,"end":1714564860000,"msResolution":true,"queries":[{"aggregator":"sum","metric":"m","tags":{"host":"*"},"downsample":"1m-avg","rate":true}]}`
	if got := w.Asked()[0]; got.Method != "POST" || got.URL.Path != "/api/query" || string(w.Bodies[0]) != body {
		t.Errorf("%s %s %s", got.Method, got.URL, w.Bodies[0])
	}
	for text, want := range map[string]string{`{}`: "a list of series", `[{"metric":"m","dps":{"x":1}}]`: "a time up to"} {
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, text)}})
		if _, err := c.OpenTSDB(t.Context(), q, noon, noon); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A hint of more than a buffer is read, as long as the bound allows it.
func TestLongHints(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	r, err := decodeText(`{"hints":["` + long + `",{"a":"` + long + `"}],"query":{"querytext":"` + long + `"},"outputs":[]}`)
	if err != nil || r.Hints[0] != long || len(r.Hints[1]) != len(long)+8 || r.Query.Text != long {
		t.Errorf("%v", err)
	}
	_, err = decode(strings.NewReader(`{"hints":["`+long+`"],"outputs":[]}`), answer.Always, 1<<20)
	if !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// FuzzProm holds the decoder of PromQL against encoding/json.
func FuzzProm(f *testing.F) {
	f.Add(promMatrix)
	f.Add(`{"data":{"result":[{"metric":{"a":"b","__name__":"c"},"value":[1,"2"]}]}}`)
	f.Add(`{"data":{"result":[{"values":[[1,"2"],[1.5,"NaN"],null]}],"resultType":"x"},"status":"error"}`)
	f.Add(`{"data":{"result":[1,"2"],"resultType":"scalar"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := newDecoder(strings.NewReader(text), answer.Always, maxAnswer).whole(promResult("x"))
		slow, slowErr := newDecoder(iotest.OneByteReader(strings.NewReader(text)), answer.Always, maxAnswer).whole(promResult("x"))
		if (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
			t.Fatalf("at once %v, by bytes %v", err, slowErr)
		}
		want, ok := promOracle([]byte(text))
		if err != nil {
			if ok && !strings.Contains(err.Error(), "less nesting") && !repeats(text) {
				t.Fatalf("%v, but encoding/json takes it", err)
			}
			return
		}
		if strings.Contains(text, "histogram") || strings.Contains(text, `\u`) || repeats(text) {
			return // the oracle knows none, or a field under another spelling
		}
		if !ok || !sameOutputs(r.Outputs, want) || !sameOutputs(slow.Outputs, want) {
			t.Fatalf("got %+v, want %+v (%v)", r.Outputs, want, ok)
		}
	})
}

// promOracle reads vectors and matrices, and scalars, by encoding/json.
func promOracle(text []byte) (outputs []Output, ok bool) {
	var top, data fields
	var status, kind string
	if json.Unmarshal(text, &top) != nil || !read(top["status"], &status) || status == "error" || !read(top["data"], &data) || data["result"] == nil || !read(data["resultType"], &kind) {
		return nil, false
	}
	for _, name := range []string{"error"} {
		var s string
		if !read(top[name], &s) {
			return nil, false
		}
	}
	out := Output{ID: "x"}
	if pair := []json.RawMessage{}; json.Unmarshal(data["result"], &pair) == nil && len(pair) == 2 && pair[0][0] != '{' {
		p, present, ok := oraclePair([]json.RawMessage{pair[0], pair[1]})
		if pair[1][0] != '"' || kind == "string" || !present {
			return nil, ok && kind == "string"
		}
		out.Series = []Series{{Points: []Point{p}}}
		return []Output{out}, ok
	}
	ok = oracleEach(data["result"], func(s fields) bool {
		if s == nil {
			return false
		}
		var labels map[string]string
		series := Series{}
		ok := readTags(s["metric"], &labels)
		series.Metric = labels[metricLabel]
		delete(labels, metricLabel)
		series.Tags = labels
		add := func(point []json.RawMessage) bool {
			if point == nil {
				return true
			}
			p, present, ok := oraclePair(point)
			if present {
				series.Points = append(series.Points, p)
			}
			return ok
		}
		ok = ok && oracleEach(s["values"], add)
		if s["value"] != nil {
			var point []json.RawMessage
			series.Points = nil
			ok = ok && read(s["value"], &point) && add(point)
		}
		out.Series = append(out.Series, series)
		return ok
	})
	if len(out.Series) == 0 {
		return nil, ok
	}
	return []Output{out}, ok
}

// FuzzExport holds the decoder of exports against encoding/json, line by line.
func FuzzExport(f *testing.F) {
	f.Add(exported)
	f.Add(`{"metric":{"a":"b"},"values":[1.5,"NaN","-Inf",1e5],"timestamps":[1,2,3,4]}`)
	f.Fuzz(func(t *testing.T, text string) {
		l, dec := newLines(strings.NewReader(text), answer.Always, maxAnswer), json.NewDecoder(strings.NewReader(text))
		for {
			got, err := l.next()
			var line struct {
				Metric     map[string]string
				Values     []json.RawMessage
				Timestamps []float64
			}
			var want fields
			if err != nil || dec.Decode(&want) != nil || !readTags(want["metric"], &line.Metric) || !read(want["values"], &line.Values) || !read(want["timestamps"], &line.Timestamps) {
				return
			}
			if repeats(text) {
				return
			}
			s := Series{Metric: line.Metric[metricLabel], Tags: line.Metric}
			delete(s.Tags, metricLabel)
			for i, raw := range line.Values {
				v, present, ok := oracleValue(raw)
				if !ok || i >= len(line.Timestamps) {
					t.Fatalf("encoding/json does not take %s", text)
				}
				if present {
					s.Points = append(s.Points, Point{int64(math.Round(line.Timestamps[i])), v})
				}
			}
			if !sameOutputs([]Output{{"", []Series{got}}}, []Output{{"", []Series{s}}}) {
				t.Fatalf("got %+v, want %+v", got, s)
			}
		}
	})
}

// FuzzTSDB holds the decoder of OpenTSDB's answers against encoding/json.
func FuzzTSDB(f *testing.F) {
	f.Add(tsdbObject)
	f.Add(`[{"metric":"m","dps":[[1,2]]},{"metric":"m","dps":{"1":"2"}}]`)
	f.Add(`[{"metric":"m","dps":{" 1":"2"}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := newDecoder(strings.NewReader(text), answer.Always, maxAnswer).whole(tsdbResult("x"))
		var want []Series
		ok := text != "" && json.Valid([]byte(text)) && oracleEach(json.RawMessage(text), func(s fields) bool {
			series, ok := oracleSeries(s)
			if series.Metric != "" {
				want = append(want, series)
			}
			return ok
		})
		if err != nil {
			if ok && !strings.Contains(err.Error(), "less nesting") && !strings.Contains(err.Error(), "a list of series") && !repeats(text) {
				t.Fatalf("%v, but encoding/json takes it", err)
			}
			return
		}
		if repeats(text) {
			return
		}
		var got []Series
		for _, s := range r.All() {
			got = append(got, s)
		}
		if !ok || !sameOutputs([]Output{{"", got}}, []Output{{"", want}}) {
			t.Fatalf("got %+v, want %+v (%v)", got, want, ok)
		}
	})
}
