package query

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

func TestFetchText(t *testing.T) {
	cpu := Fetch("node.cpu")
	for want, q := range map[string]Expr{
		`fetch('node.cpu')`:                                                  cpu,
		`fetch('it\'s "\\\n')`:                                               Fetch("it's \"\\\n"),
		`fetch('node.cpu', 'host'='a')`:                                      cpu.Where("host", Equal, "a"),
		`fetch('node.cpu', 'a'!='b', 'c'=~'5..', 'd'!~'')`:                   cpu.Where("a", NotEqual, "b").Where("c", Match, "5..").Where("d", NotMatch, ""),
		`fetch('node.cpu').downsample('1m','avg')`:                           cpu.Downsample(time.Minute, Avg),
		`fetch('node.cpu').downsample('90s','max')`:                          cpu.Downsample(90*time.Second, Max),
		`fetch('node.cpu').downsample('1h','sum')`:                           cpu.Downsample(60*time.Minute, Sum),
		`fetch('node.cpu').downsample('36h','min')`:                          cpu.Downsample(36*time.Hour, Min),
		`fetch('node.cpu').downsample('1d','count')`:                         cpu.Downsample(24*time.Hour, Count),
		`fetch('node.cpu', 'a'='b').downsample('1s','first')`:                cpu.Downsample(time.Second, First).Where("a", Equal, "b"),
		`fetch('node.cpu').downsample('30s','last').downsample('1h','p\'9')`: cpu.Downsample(30*time.Second, Last).Downsample(time.Hour, "p'9"),
		`c_1=fetch('node.cpu')`:                                              cpu.As("no").As("c_1"),
	} {
		if got := q.String(); got != want || q.Err() != nil {
			t.Errorf("got  %s (%v)\nwant %s", got, q.Err(), want)
		}
	}
}

func TestOutputsText(t *testing.T) {
	got := Outputs(
		Fetch("node.cpu").Downsample(time.Hour, Avg).As("cpu"),
		Fetch("node.load1").Downsample(time.Hour, Avg).As("load"),
	)
	const want = "cpu=fetch('node.cpu').downsample('1h','avg'); load=fetch('node.load1').downsample('1h','avg'); output(cpu, load)"
	if got.String() != want || got.Err() != nil {
		t.Errorf("got  %s (%v)\nwant %s", got, got.Err(), want)
	}
}

func TestBuilderErrors(t *testing.T) {
	type builder interface {
		Err() error
		String() string
	}
	cpu := Fetch("cpu")
	for want, q := range map[string]builder{
		"Fetch: the metric is empty":                     Fetch(""),
		"Where: no such operator":                        cpu.Where("a", "=='x'", "b"),
		"Downsample: 0s is not above zero":               cpu.Downsample(0, Avg),
		"Downsample: -1m0s is not above zero":            cpu.Downsample(-time.Minute, Avg),
		"Downsample: 1.5s is not in whole seconds":       cpu.Downsample(1500*time.Millisecond, Avg),
		"Downsample: 876001h0m0s is more than 100 years": cpu.Downsample(maxWidth+time.Hour, Avg),
		"Downsample: the aggregator is empty":            cpu.Downsample(time.Minute, ""),
		`As: "1a" is not ASCII`:                          cpu.As("1a"),
		`As: "" is not ASCII`:                            cpu.As(""),
		`As: "a;b" is not ASCII`:                         cpu.As("a;b"),
		"As: output is a word":                           cpu.As("output"),
		"Outputs: there is no expression":                Outputs(),
		`Outputs: the fetch of "cpu" has no name`:        Outputs(cpu.As("a"), cpu),
		"Outputs: there is a second a":                   Outputs(cpu.As("a"), cpu.As("a")),
		"Downsample: 1ms is not in whole seconds":        Outputs(cpu.Downsample(time.Millisecond, Avg).As("a")),
		"Downsample: 2ms is not in whole seconds":        cpu.Downsample(2*time.Millisecond, Avg).As("1").Downsample(0, Avg), // the first
	} {
		var e *Error
		if err := q.Err(); !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if text := q.String(); !strings.HasPrefix(text, invalidMark) || !strings.Contains(text, want) {
			t.Errorf("%q hides that %s", text, want)
		}
	}
}

// Expressions are values: what is made of one does not show in another.
func TestExprsAreValues(t *testing.T) {
	base := Fetch("cpu").Where("a", Equal, "1").Where("b", Equal, "2").Where("c", Equal, "3").Downsample(time.Minute, Avg)
	before := base.String()
	one := base.Where("d", Equal, "4").Downsample(time.Hour, Min).As("one")
	two := base.Where("e", Equal, "5").Downsample(time.Hour, Max)
	text := one.String()
	if base.String() != before || strings.Contains(text, "'e'") || strings.Contains(two.String(), "one") || !strings.Contains(text, "'min'") {
		t.Errorf("%s\n%s\n%s", base, text, two)
	}
}

// parsed is what apptuittest reads in a query: the outputs' names, or an error.
func parsed(t *testing.T, srv *apptuittest.Server, text string) []oracleOutput {
	t.Helper()
	values := url.Values{"start": {"100"}, "end": {"200"}, "q": {text}}
	r := httptest.NewRequest(http.MethodGet, "/api/query?"+values.Encode(), nil)
	r.Header.Set("Authorization", "Bearer t")
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	var answer struct{ Outputs []oracleOutput }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s\nis answered %d %s", text, w.Code, w.Body)
	}
	return answer.Outputs
}

type oracleOutput struct {
	ID     string
	Result []struct{ Tags map[string]string }
}

func put(t *testing.T, srv *apptuittest.Server, key, value string) bool {
	t.Helper()
	point := map[string]any{"metric": "cpu", "timestamp": 150, "value": 1, "tags": map[string]string{key: value}}
	body, err := json.Marshal(point)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/api/put", strings.NewReader(string(body)))
	r.Header.Set("Authorization", "Bearer t")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	return w.Code == http.StatusNoContent
}

// FuzzBuilder makes sure that no text gets out of its quotes: apptuittest reads
// back what was written, and finds the series that it was written for.
func FuzzBuilder(f *testing.F) {
	f.Add("node.cpu", "host", "a", "cpu", int64(time.Minute))
	f.Add(`x'); fetch('y`, `'="`, "\\", "output", int64(time.Second))
	f.Add("\\'\n\r\x00", "é", "a'='b", "x;y", int64(36*time.Hour))
	f.Add(`\n\\"`, "k", `'`, "_", int64(1))
	f.Fuzz(func(t *testing.T, metric, key, value, name string, width int64) {
		if !utf8.ValidString(metric) || !utf8.ValidString(key) || !utf8.ValidString(value) {
			return // JSON cannot bring it back
		}
		srv := apptuittest.NewUnstartedServer()
		q := Fetch(metric).Where(key, Equal, value).Where(key, NotEqual, value+"x").Downsample(time.Duration(width), Avg)
		if q.Err() == nil {
			if got := parsed(t, srv, q.String()); len(got) != 1 || got[0].ID != metric {
				t.Fatalf("%s\nis read as %+v", q, got)
			}
		}
		if script := Outputs(q.As(name), Fetch("other").As("other")); script.Err() == nil {
			if got := parsed(t, srv, script.String()); len(got) != 2 || got[0].ID != name || got[1].ID != "other" {
				t.Fatalf("%s\nis read as %+v", script, got)
			}
		}
		if !put(t, srv, key, value) {
			return
		}
		found := parsed(t, srv, Fetch("cpu").Where(key, Equal, value).String())
		if len(found[0].Result) != 1 || found[0].Result[0].Tags[key] != value {
			t.Fatalf("%q=%q finds %+v", key, value, found)
		}
		if others := parsed(t, srv, Fetch("cpu").Where(key, Equal, value+"x").String()); len(others[0].Result) != 0 {
			t.Fatalf("%q=%q finds %+v", key, value+"x", others)
		}
	})
}
