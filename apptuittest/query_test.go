package apptuittest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// newQuery asks for times 100 to 200.
func newQuery(text string) *http.Request {
	return newQueryOf(url.Values{"start": {"100"}, "end": {"200"}, "q": {text}})
}

func newQueryOf(values url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/api/query?"+values.Encode(), nil)
	r.Header.Set("Authorization", "Bearer some-token")
	return r
}

// stock stores points for queries: metric, tags, timestamp, value.
func stock(t *testing.T, points ...[4]string) *Server {
	t.Helper()
	srv := NewUnstartedServer()
	for _, p := range points {
		body := `{"metric":"` + p[0] + `","tags":{` + p[1] + `},"timestamp":` + p[2] + `,"value":` + p[3] + `}`
		wantStatus(t, serve(srv, newPut("/api/put?details", body)), 200)
	}
	return srv
}

// outcome writes the outputs of a query in one line: id: tags dps; ...
func outcome(t *testing.T, srv *Server, text string) string {
	t.Helper()
	w := serve(srv, newQuery(text))
	if w.Code != 200 {
		return message(t, w.Body.String())
	}
	var answer struct {
		Outputs []struct {
			ID     string
			Result []struct {
				Tags map[string]string
				DPs  json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, o := range answer.Outputs {
		line := o.ID + ":"
		for _, r := range o.Result {
			line += " " + r.Tags["host"] + string(r.DPs)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

func TestQueryAnswer(t *testing.T) {
	srv := stock(t, [4]string{"node.cpu", `"host":"a","zone":"x"`, "150", "23050.5"}, [4]string{"node.cpu", `"host":"a","zone":"x"`, "151", "9223372036854775807"})
	w := serve(srv, newQuery("fetch('node.cpu')"))
	wantStatus(t, w, 200)
	answer := w.Body.String()
	before, after, _ := strings.Cut(answer, `"queryTimeMillis":`)
	const want = `{"outputs":[{"id":"node.cpu","result":[{"metric":"node.cpu","tags":{"host":"a","zone":"x"},"aggregatedTags":[],` +
		`"dps":[[150,23050.5],[151,9223372036854775807]]}]}],"hints":[],` +
		`"query":{"querytext":"fetch('node.cpu')","startTime":100,"endTime":200},"query_stats":{"numSeries":1,`
	if before != want || !strings.HasSuffix(after, `},"timing_diagnostics":[]}`) {
		t.Errorf("answered %s", answer)
	}
}

func TestQueryLanguage(t *testing.T) {
	srv := stock(t,
		[4]string{"cpu", `"host":"b"`, "100", "1"},
		[4]string{"cpu", `"host":"a","code":"503"`, "160", "2"},
		[4]string{"cpu", `"host":"a","code":"503"`, "120", "3"},
		[4]string{"cpu", `"host":"a","code":"503"`, "110", "4.5"},
		[4]string{"cpu", `"host":"b"`, "99", "9"},
		[4]string{"cpu", `"host":"b"`, "200", "5"},
		[4]string{"cpu", `"host":"b"`, "201", "9"},
		[4]string{"load", `"host":"l'\"\\\n"`, "130", "7"},
		[4]string{"load", `"host":"l'\"\\\n"`, "130", "8"},
		[4]string{"ms", `"host":"c"`, "1500000000000", "1"},
	)
	const a, b, load = "a[[110,4.5],[120,3],[160,2]]", "b[[100,1],[200,5]]", "l'\"\\\n[[130,8]]"
	for _, tc := range []struct{ query, want string }{
		{`fetch('cpu')`, "cpu: " + a + " " + b},
		{"\t fetch ( \"cpu\" )\r\n;", "cpu: " + a + " " + b},
		{`fetch('none')`, "none:"},
		{`fetch('ms')`, "ms:"}, // out of the range
		{`fetch('cpu', 'host'='a')`, "cpu: " + a},
		{`fetch('cpu', 'host'!="a")`, "cpu: " + b},
		{`fetch('cpu', 'code'=~'5..')`, "cpu: " + a},
		{`fetch('cpu', 'code'=~'5.')`, "cpu:"},
		{`fetch('cpu', 'code'=~'5|503')`, "cpu: " + a},
		{`fetch('cpu', 'code'!~'5..')`, "cpu: " + b},
		{`fetch('cpu', 'code'='')`, "cpu: " + b},
		{`fetch('cpu', 'host'=~'a|b', 'code'!='')`, "cpu: " + a},
		{`fetch('load', 'host'='l\'"\\\n')`, "load: " + load},
		{`fetch("load", "host"="l'\"\\\n")`, "load: " + load},
		{`c=fetch('cpu','host'='a'); l=fetch('load')`, "c: " + a + "; l: " + load},
		{`c=fetch('cpu','host'='a'); fetch('load'); output(c)`, "c: " + a},
		{`output(l, c, l); c=fetch('cpu','host'='b'); l=fetch('load');`, "l: " + load + "; c: " + b + "; l: " + load},
		{`output=fetch('load'); fetch=fetch('none'); output(output)`, "output: " + load},
		{`fetch('cpu','host'='a').downsample('1m','avg')`, "cpu: a[[60,4.5],[120,2.5]]"},
		{`fetch('cpu','host'='a').downsample('1m','sum').downsample('1h', 'max')`, "cpu: a[[0,5]]"},
		{`fetch('cpu').downsample('1d','count')`, "cpu: a[[0,3]] b[[0,2]]"},
		{`fetch('cpu','host'='a').downsample('1h','first')`, "cpu: a[[0,4.5]]"},
		{`fetch('cpu','host'='a').downsample('1h','last')`, "cpu: a[[0,2]]"},
		{`fetch('cpu','host'='a').downsample('50s','min')`, "cpu: a[[100,3],[150,2]]"},
	} {
		if got := outcome(t, srv, tc.query); got != tc.want {
			t.Errorf("%s gave %q, want %q", tc.query, got, tc.want)
		}
	}
}

func TestQueryTimes(t *testing.T) {
	srv := stock(t, [4]string{"ms", `"host":"c"`, "1500000000250", "1"}, [4]string{"ms", `"host":"c"`, "1500000001000", "2"})
	for _, tc := range []struct {
		start, end string
		status     int
		want       string
	}{
		{"1500000000", "1500000001", 200, "[[1500000000.25,1],[1500000001,2]]"},
		{"1500000000", "1500000000", 200, `"result":[]`},
		{"1500000001", "", 200, "[[1500000001,2]]"}, // to now
		{"", "1500000001", 400, "start is not a time in whole seconds"},
		{"1.5", "1500000001", 400, "start is not a time"},
		{"-1", "1500000001", 400, "start is not a time"},
		{"1500000000000", "", 400, "start is not a time"},
		{"1500000000", "soon", 400, "end is not a time"},
		{"1500000002", "1500000001", 400, "end is before start"},
	} {
		values := url.Values{"start": {tc.start}, "end": {tc.end}, "q": {"fetch('ms')"}}
		if tc.end == "" {
			values.Del("end")
		}
		w := serve(srv, newQueryOf(values))
		if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) {
			t.Errorf("%s to %s answered %d %s, want %d %s", tc.start, tc.end, w.Code, w.Body, tc.status, tc.want)
		}
	}
}

func TestQueryIsGuarded(t *testing.T) {
	srv := NewUnstartedServer(WithToken("right"))
	wantStatus(t, serve(srv, newQuery("fetch('a')")), 401)
	r := newQuery("fetch('a')")
	r.Method = http.MethodPut
	w := serve(srv, r)
	wantStatus(t, w, 405)
	if w.Header().Get("Allow") != "GET, POST" {
		t.Errorf("Allow is %q", w.Header().Get("Allow"))
	}
}
