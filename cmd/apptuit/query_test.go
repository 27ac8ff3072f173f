package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/cmd/apptuit/chart"
	"github.com/apptuitai/apptuit-go/query"
)

// stocked returns a store with two series over ten minutes: the first has a gap
// of four, the second another metric's name beside it.
func stocked(t *testing.T) (*shell, *apptuittest.Server) {
	t.Helper()
	s, srv := newStore(t)
	var lines strings.Builder
	for i := range 11 {
		at := noon.Unix() + int64(i)*60
		if i < 4 || i > 6 {
			fmt.Fprintf(&lines, "node.cpu %d %g host=a dc=eu\n", at, 40+30*math.Sin(float64(i)/2))
		}
		fmt.Fprintf(&lines, "node.cpu %d %d host=b dc=eu\n", at, 10*i)
		fmt.Fprintf(&lines, "node.load1 %d %g host=a dc=eu\n", at, float64(i)/4)
	}
	if d := s.pipe(lines.String(), "send"); d.status != exitOK || d.err+d.out != "" {
		t.Fatalf("send: %+v", d)
	}
	return s, srv
}

const (
	cpuQuery = "fetch('node.cpu')"
	twoQuery = "cpu=fetch('node.cpu','host'='b').downsample('5m','max'); load=fetch('node.load1'); output(cpu, load)"
)

func TestQuery(t *testing.T) {
	s, _ := stocked(t)
	for name, text := range map[string]string{"cpu": cpuQuery, "two": twoQuery, "load": "fetch('node.load1')"} {
		for _, format := range formatNames {
			t.Run(name+"-"+format, func(t *testing.T) {
				out := s.mustRun("query", text, "--format", format)
				if binary(format) {
					wantBinary(t, format, out)
					return
				}
				golden(t, "query-"+name+"-"+format, out)
			})
		}
	}
}

// wantBinary checks the first and the last bytes of a file that package arrow
// wrote, whose own tests read the rest.
func wantBinary(t *testing.T, format, out string) {
	t.Helper()
	mark := map[string]string{formatParquet: "PAR1", formatArrow: "ARROW1"}[format]
	if len(out) < 100 || !strings.HasPrefix(out, mark) || !strings.HasSuffix(out, mark) {
		t.Errorf("%s: %d bytes, %.20q", format, len(out), out)
	}
}

func TestTableIsTheDefault(t *testing.T) {
	s, _ := stocked(t)
	golden(t, "query-cpu-table", s.mustRun("query", cpuQuery))
}

func TestChartOnATerminal(t *testing.T) {
	s, _ := stocked(t)
	s.width, s.color = 60, true
	golden(t, "query-cpu-terminal", s.mustRun("query", cpuQuery, "--format", "chart"))
}

// All ways to write the same times ask for the same.
func TestTimes(t *testing.T) {
	s, _ := stocked(t)
	want := s.mustRun("query", cpuQuery, "--start", "2024-05-01T12:05:00Z", "--end", "2024-05-01T12:10:00Z")
	for _, times := range [][2]string{
		{"-10m", "-5m"}, {"now-600s", "now-5m"}, {"2024-05-01T14:05:00+02:00", "1714565400"}, {"1714565100000", "1714565400.0"},
	} {
		if got := s.mustRun("query", cpuQuery, "--start="+times[0], "--end", times[1]); got != want {
			t.Errorf("%q gives\n%s", times, got)
		}
	}
}

func TestAnOpenEndIsNotSent(t *testing.T) {
	s, srv := stocked(t)
	s.mustRun("query", cpuQuery)
	s.mustRun("query", cpuQuery, "--end", "-5m")
	requests := srv.Requests()
	open, closed := requests[len(requests)-2].Query, requests[len(requests)-1].Query
	if strings.Contains(open, "end=") || !strings.Contains(closed, "end=1714565400") {
		t.Errorf("%s\n%s", open, closed)
	}
}

// What json prints is an answer of the API: the client reads it back equal.
func TestJSONIsTheAnswersForm(t *testing.T) {
	s, srv := stocked(t)
	text := s.mustRun("query", cpuQuery, "--format", "json")
	srv.Inject(apptuittest.Text(200, text).On(apptuittest.Queries))
	if again := s.mustRun("query", cpuQuery, "--format", "json"); again != text {
		t.Errorf("%s\n%s", text, again)
	}
	if !json.Valid([]byte(text)) || strings.Count(text, "\n") != 1 {
		t.Errorf("%q", text)
	}
}

func TestStrangeValues(t *testing.T) {
	s, srv := newStore(t)
	answer := `{"outputs":[{"id":"x","result":[{"metric":"m\u001b[2J","tags":{"k":"a\nb"},
		"dps":[[1714564800.25,"NaN"],[1714564860,"Infinity"],[1714564920,1e300],[1714564980,-0.000001]]},
		{"metric":"empty","tags":{},"dps":[]}]}],"hints":["slow\u001b[1m"]}`
	srv.Inject(apptuittest.Text(200, answer).On(apptuittest.Queries))
	for _, format := range formatNames {
		d := s.run("query", "fetch('x')", "--format", format)
		if d.status != exitOK || d.err != "apptuit: hint: slow\\x1b[1m\n" {
			t.Errorf("%+v", d)
		}
		if binary(format) {
			wantBinary(t, format, d.out)
			continue
		}
		golden(t, "strange-"+format, d.out)
	}
}

// Where nothing is found, the names that the exporter writes otherwise are told.
func TestOtherSpellings(t *testing.T) {
	s, _ := newStore(t)
	for query, want := range map[string]string{
		"fetch('shop.requests')": "; the exporter writes shop.requests as shop_requests\n",
		`x=fetch( "a-b" , 'host'='web-1'); y=fetch('a-b','c.d'=~'.')`: "; the exporter writes a-b as a_b, c.d as c_d\n",
		"fetch('shop_requests','host'='web-1')":                       "--end\n",
		"fetch('a.1','b.1'!='x','c.1'!~'x','d.1'='x')":                "writes a.1 as a_1, b.1 as b_1, c.1 as c_1\n",
	} {
		d := s.run("query", query)
		if d.status != exitOK || d.out != "" || !strings.HasPrefix(d.err, "apptuit: no series were found: ") || !strings.HasSuffix(d.err, want) {
			t.Errorf("%s: %+v", query, d)
		}
	}
	s.env["APPTUIT_SANITIZE_MODE"] = "apptuit"
	if d := s.run("query", "fetch('shop.requests')"); !strings.HasSuffix(d.err, "--end\n") {
		t.Errorf("%+v", d)
	}
}

func TestNothingFound(t *testing.T) {
	s, _ := stocked(t)
	for format, want := range map[string]string{
		"table": "", "csv": "time\n", "json": `{"outputs":[],"hints":[]}` + "\n", "chart": "",
	} {
		d := s.run("query", "fetch('nothing')", "--format", format)
		if d.status != exitOK || d.out != want || !strings.Contains(d.err, "no series were found") {
			t.Errorf("%s: %+v", format, d)
		}
	}
}

func TestQueryFailures(t *testing.T) {
	s, srv := stocked(t)
	wantFailure(t, s.run("query", "fetch(cpu)"), exitFailure, "status 400", "byte 6: ")

	s.env["APPTUIT_API_TOKEN"] = "wrong"
	wantFailure(t, s.run("query", cpuQuery), exitFailure, "status 401", "check the token (APPTUIT_API_TOKEN)")
	delete(s.env, "APPTUIT_API_TOKEN")
	wantFailure(t, s.run("query", cpuQuery), exitFailure, "no token", "APPTUIT_API_TOKEN")

	s.env["APPTUIT_API_TOKEN"] = s.token
	srv.Inject(apptuittest.Hang().On(apptuittest.Queries))
	wantFailure(t, s.run("query", cpuQuery, "--timeout", "1s"), exitFailure, "deadline", "--timeout")

	srv.Reset()
	srv.Inject(apptuittest.Text(403, "you are "+s.token).On(apptuittest.Queries))
	wantFailure(t, s.run("query", cpuQuery), exitFailure, "status 403", "withheld: it shows a secret")

	s.env["APPTUIT_API_ENDPOINT"] = "http://example.test"
	s.env["APPTUIT_TIMEOUT"] = "soon"
	wantFailure(t, s.run("query", cpuQuery), exitFailure, "APPTUIT_TIMEOUT", "or APPTUIT_INSECURE")
}

func TestInterruptedQuery(t *testing.T) {
	s, srv := stocked(t)
	hang := srv.Inject(apptuittest.Hang().On(apptuittest.Queries))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		if err := hang.Wait(t.Context(), 1); err != nil {
			t.Error(err)
		}
	}()
	d := s.runContext(ctx, strings.NewReader(""), "query", cpuQuery)
	wantFailure(t, d, exitFailure, "interrupted")
}

// Charts of whatever comes are drawn, or say that they are not.
func TestChartsOfOddSeries(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, values := range map[string][]float64{
		"none": {}, "one": {1}, "same": {2, 2, 2}, "zero": {0, 0}, "nan": {nan, nan}, "inf": {inf, 1, -inf},
		"huge": {-1e308, 1e308}, "tiny": {1e-300, 2e-300}, "gap": {1, nan, 1},
	} {
		t.Run(name, func(t *testing.T) {
			odd := query.Series{Metric: "odd"}
			for i, v := range values {
				odd.Points = append(odd.Points, query.Point{UnixMilli: noon.UnixMilli() + int64(i)*1000, Value: v})
			}
			var many []query.Series
			for range chart.MaxLines + 2 {
				many = append(many, odd)
			}
			for _, series := range [][]query.Series{{odd}, {odd, {Metric: "empty"}}, many} {
				var b strings.Builder
				c := canvas{width: 40, view: view{top: defaultTop}}
				if err := c.write(&b, &query.Result{Outputs: []query.Output{{ID: "x", Series: series}}}); err != nil || b.Len() == 0 {
					t.Errorf("%v: %s", err, b.String())
				}
			}
		})
	}
}
