package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/cmd/apptuit/intake"
)

// stockedVM returns a shell and a real VictoriaMetrics behind vmauth with points
// of two metrics.
func stockedVM(t *testing.T) *shell {
	t.Helper()
	s, vm := newVMShell(t)
	var lines strings.Builder
	for i := range 600 {
		fmt.Fprintf(&lines, "node_cpu %d %g host=a dc=eu\n", noon.Unix()+int64(i), float64(i)/8)
		fmt.Fprintf(&lines, "node_cpu %d %d host=b\n", noon.Unix()+int64(i), i)
	}
	fmt.Fprintf(&lines, "other_metric %d 1 host=a", noon.Unix())
	if d := s.pipe(lines.String(), "send"); d.status != exitOK {
		t.Fatalf("%+v", d)
	}
	_ = vm.Samples(t, `{__name__="node_cpu"}`)
	return s
}

func TestCatalog(t *testing.T) {
	s := stockedVM(t)
	for line, want := range map[string]string{
		"metrics":                       "node_cpu\nother_metric\n",
		"metrics node":                  "node_cpu\n",
		"labels":                        "__name__\ndc\nhost\n",
		"labels host":                   "a\nb\n",
		"labels host --of other_metric": "a\n",
		`series node_cpu{host="a"}`:     "node_cpu{dc:eu, host:a}\n",
		"__complete promql node":        "node_cpu\n:4\n",
	} {
		if d := s.run(strings.Fields(line)...); d.status != exitOK || d.out != want {
			t.Errorf("%s: %+v", line, d)
		}
	}
	if d := s.run("metrics", "--start", "2020-01-01", "--end", "2020-01-02"); d.status != exitOK || !strings.Contains(d.err, "nothing was found") {
		t.Errorf("%+v", d)
	}
	wantFailure(t, s.run("metrics", "--prom-path", "/none"), exitFailure, "status 400")
}

func TestCompletionOfValues(t *testing.T) {
	s := newShell(t, "http://127.0.0.1:1")
	for flag, want := range map[string][]string{
		"query x --format": formatNames, "query x --zone": {"UTC", "local"}, "promql x --end": {"now", "today", "yesterday"}, "send --from": intake.Forms,
	} {
		d := s.run(append(append([]string{"__complete"}, strings.Fields(flag)...), "")...)
		if want := strings.Join(want, "\n") + "\n:4\n"; d.status != exitOK || d.out != want {
			t.Errorf("%s: %+v, want %q", flag, d, want)
		}
	}
	// A store that does not answer completes nothing, and says nothing.
	if d := s.run("__complete", "promql", "node"); d.out != ":4\n" || strings.Contains(d.err, "refused") {
		t.Errorf("%+v", d)
	}
}

func TestPromQLAt(t *testing.T) {
	s := stockedVM(t)
	for expression, want := range map[string]string{
		"sum(node_cpu)": "2024-05-01T12:01:40Z,112.5\n", "7 * 6": "2024-05-01T12:01:40Z,42\n",
	} {
		out := s.mustRun("promql", expression, "--at", "2024-05-01T12:01:40", "--format", "csv")
		if !strings.HasSuffix(out, want) {
			t.Errorf("%s: %q", expression, out)
		}
	}
}

// copyTo copies to a new store.
func copyTo(t *testing.T, s *shell, tokenFile string) (*apptuittest.Server, done) {
	t.Helper()
	to := apptuittest.NewServer(apptuittest.WithToken("other-token"))
	t.Cleanup(to.Close)
	return to, s.run("copy", "node_cpu", "--to", to.URL, "--to-token-file", tokenFile, "--tag", "dc=none")
}

// What is copied is equal, point by point, whatever else the other store has.
func TestCopy(t *testing.T) {
	s := stockedVM(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("other-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	to, d := copyTo(t, s, file)
	for range 3 { // vmauth closes the connection to its store early at times, and says so
		if !strings.Contains(d.err, "cut off") {
			break
		}
		to, d = copyTo(t, s, file)
	}
	if d.status != exitOK || d.out != "" || !strings.Contains(d.err, "1200 points sent to "+to.URL) {
		t.Fatalf("%+v", d)
	}
	var want []string
	for i := range 600 {
		want = append(want,
			fmt.Sprintf("node_cpu{dc=\"eu\",host=\"a\"} %d %v", (noon.Unix()+int64(i))*1000, float64(i)/8),
			fmt.Sprintf("node_cpu{dc=\"none\",host=\"b\"} %d %d", (noon.Unix()+int64(i))*1000, i))
	}
	got := stored(to)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d points of %d\n%.300q\n%.300q", len(got), len(want), got, want)
	}
	wantFailure(t, s.run("copy", "node_cpu"), exitUsage, "--to")
	wantFailure(t, s.run("copy", "node_cpu", "--to", to.URL), exitFailure, "401", "token")
	if d := s.run("copy", "nothing", "--to", to.URL, "--to-token-file", file); d.status != exitOK || !strings.Contains(d.err, "no series were found") {
		t.Errorf("%+v", d)
	}
}
