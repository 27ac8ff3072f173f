package apptuittest

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func askTSDB(t *testing.T, srv *Server, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer T")
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestOpenTSDBQuery(t *testing.T) {
	srv := NewServer()
	defer srv.Close()
	if status, text := askTSDB(t, srv, "/api/put", `[{"metric":"m","timestamp":10,"value":1,"tags":{"h":"a"}},{"metric":"m","timestamp":20,"value":2.5,"tags":{"h":"a"}},
		{"metric":"m","timestamp":1400000000250,"value":3,"tags":{"h":"b"}},{"metric":"m","timestamp":1400000000750,"value":4,"tags":{"h":"b"}},{"metric":"n","timestamp":10,"value":1,"tags":{"h":"a"}}]`); status != 204 {
		t.Fatal(status, text)
	}
	const a, b = `{"metric":"m","tags":{"h":"a"},"aggregateTags":[],"dps":`, `{"metric":"m","tags":{"h":"b"},"aggregateTags":[],"dps":`
	for _, tt := range []struct{ path, query, want string }{
		{"", `"start":1,"queries":[{"aggregator":"none","metric":"m"}]`, "[" + a + `{"10":1,"20":2.5}},` + b + `{"1400000000":4}}]`},
		{"?arrays", `"start":1,"msResolution":true,"queries":[{"aggregator":"none","metric":"m"}]`, "[" + a + `[[10000,1],[20000,2.5]]},` + b + `[[1400000000250,3],[1400000000750,4]]}]`},
		{"", `"start":"1","end":15,"queries":[{"aggregator":"none","metric":"m","tags":{"h":"*"}}]`, "[" + a + `{"10":1}}]`},
		{"", `"start":1,"queries":[{"aggregator":"none","metric":"m","tags":{"h":"b|c"},"downsample":"1m-sum"}]`, "[" + b + `{"1399999980":7}}]`},
		{"", `"start":1,"queries":[{"aggregator":"none","metric":"none"}]`, "[]"},
	} {
		if status, got := askTSDB(t, srv, "/api/query"+tt.path, "{"+tt.query+"}"); status != 200 || got != tt.want {
			t.Errorf("%s: %d\ngot  %s\nwant %s", tt.query, status, got, tt.want)
		}
	}
	for query, want := range map[string]string{
		`"start":1`:                "Missing queries",
		`"queries":[{}]`:           "Missing start time",
		`"start":1,"queries":[{}]`: "Missing the metric",
		`"start":"1h-ago","queries":[{"metric":"m"}]`:                                         "Missing start time",
		`"start":9,"end":8,"queries":[{"aggregator":"none","metric":"m"}]`:                    "End time",
		`"start":1,"queries":[{"aggregator":"sum","metric":"m"}]`:                             "use none",
		`"start":1,"queries":[{"aggregator":"none","metric":"m","rate":true}]`:                "no rate",
		`"start":1,"queries":[{"aggregator":"none","metric":"m","tags":{"h":"regexp(a.*)"}}]`: "no filter functions",
		`"start":1,"queries":[{"aggregator":"none","metric":"m","downsample":"1x-avg"}]`:      "Invalid downsampler",
		`x`: "Unable to parse",
	} {
		if status, got := askTSDB(t, srv, "/api/query", "{"+query+"}"); status != 400 || !strings.Contains(got, want) || !strings.HasPrefix(got, `{"error":{"code":400,`) {
			t.Errorf("%s: %d %s", query, status, got)
		}
	}
}
