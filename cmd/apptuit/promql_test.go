package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What send puts into a real store, promql reads from there.
func TestPromQLOfVictoriaMetrics(t *testing.T) {
	s, vm := newVMShell(t)
	var lines strings.Builder
	for i := range 11 {
		fmt.Fprintf(&lines, "node_cpu %d %d host=a dc=eu\n", noon.Unix()+60*int64(i), 10*i)
		fmt.Fprintf(&lines, "node_cpu %d %g host=b dc=eu\n", noon.Unix()+60*int64(i), 100-7.5*float64(i))
	}
	if d := s.pipe(lines.String(), "send"); d.status != exitOK || d.out+d.err != "" {
		t.Fatalf("%+v", d)
	}
	if got := len(vm.Samples(t, `{__name__="node_cpu"}`)); got != 22 {
		t.Fatalf("%d samples", got)
	}
	for _, format := range formatNames {
		out := s.mustRun("promql", "node_cpu", "--start=-15m", "--end=-5m", "--step=1m", "--format", format)
		if binary(format) {
			wantBinary(t, format, out)
			continue
		}
		golden(t, "promql-"+format, out)
	}
	golden(t, "promql-sum", s.mustRun("promql", "--start=-10m", "--end=-5m", "--step=5m", "--", "-sum(node_cpu)"))

	wantFailure(t, s.run("promql", "sum("), exitFailure, "status 4", "sum(")
	if d := s.run("promql", "nothing"); d.status != exitOK || d.out != "" || !strings.Contains(d.err, "no series") {
		t.Errorf("%+v", d)
	}
	s.env["APPTUIT_API_TOKEN"] = "wrong" // vmauth shows it
	wantFailure(t, s.run("promql", "node_cpu"), exitFailure, "status 400", "withheld: it shows a secret")
}

// answering returns a shell whose endpoint gives these answers to PromQL, one
// after the other.
func answering(t *testing.T, answers ...string) *shell {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/prometheus/api/v1/query_range" || r.FormValue("query") != "up" || r.FormValue("step") != "60" {
			t.Errorf("%s %s", r.URL, r.Form)
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answers[0])
		answers = answers[min(1, len(answers)-1):]
	}))
	t.Cleanup(srv.Close)
	return newShell(t, srv.URL)
}

const promAnswerText = `{"status":"success","warnings":["partial"],"infos":["slow"],"data":{"resultType":"matrix","result":[
	{"metric":{"__name__":"up","job":"a"},"values":[[1714564800.5,"NaN"],[1714564860,"+Inf"],[1714564920,"1e-3"]]},
	{"metric":{},"values":[[1714564800.5,"1"]]}]}}`

// A store without a Prometheus API is told, and which command reads it.
func TestStoresWithoutPromQL(t *testing.T) {
	s, srv := newStore(t)
	for _, line := range []string{"promql up", "promql up --at now", "metrics", "labels", "series up", "copy up --to " + srv.URL} {
		d := s.run(strings.Fields(line)...)
		first, hint, _ := strings.Cut(d.err, "\n")
		if d.status != exitFailure || d.out != "" || !strings.Contains(first, "status 404") || hint != "apptuit: "+promQLHint+"\n" || len(hint) > 101 {
			t.Errorf("%s: %+v", line, d)
		}
	}
	s.env["APPTUIT_API_TOKEN"] = "other"
	for _, line := range []string{"query fetch('a')", "query x"} {
		if d := s.run(strings.Fields(line)...); strings.Contains(d.err, "PromQL") {
			t.Errorf("%s: %+v", line, d)
		}
	}
}

func TestPromQLAnswers(t *testing.T) {
	// What was cut off is asked for again.
	d := answering(t, promAnswerText[:80], promAnswerText).run("promql", "up", "--format", "json")
	golden(t, "promql-odd", d.out)
	if d.status != exitOK || !strings.HasPrefix(d.err, "apptuit: trying again: ") || !strings.HasSuffix(d.err, "\napptuit: warning: partial\napptuit: hint: slow\n") {
		t.Errorf("%+v", d)
	}
}

func TestPromQLAnswersThatAreNone(t *testing.T) {
	for _, answer := range []string{
		`"secret"`, `{}`, `{"status":"error","error":"secret"}`, `<html>secret`, `{"status":"success","data":"secret"}`,
		strings.ReplaceAll(promAnswerText, `"1e-3"`, `"secret"`), strings.ReplaceAll(promAnswerText, `"1e-3"`, `{}`),
	} {
		d := answering(t, answer).run("promql", "up")
		wantFailure(t, d, exitFailure, "query: ")
		if strings.Contains(d.err, "secret") && !strings.Contains(answer, "error") {
			t.Error(d.err)
		}
	}
}
