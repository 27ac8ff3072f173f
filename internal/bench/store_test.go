package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/realserver"
)

func smallestStore(t *testing.T, influx bool, words ...string) storePlan {
	t.Helper()
	binary := map[bool]string{false: "victoria-metrics", true: "influxd"}[influx]
	if _, err := exec.LookPath(binary); err != nil {
		if influx {
			realserver.StartInfluxDB(t) // skips, or fails where CI is set
		}
		realserver.StartVictoriaMetrics(t)
	}
	return storePlan{
		storeJob: storeJob{Series: 100, Tags: 2, Exports: 2, Interval: 10 * time.Millisecond},
		influx:   influx, words: words, rounds: 1, tell: func(string) {},
	}
}

// Each way into a real store delivers its points, and its costs are in the table.
func TestStore(t *testing.T) {
	for name, p := range map[string]storePlan{
		"VictoriaMetrics": smallestStore(t, false, ""),
		"InfluxDB":        smallestStore(t, true, "2,000"),
	} {
		table, err := p.run(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		measured := 0
		for _, c := range p.contestants() {
			for _, r := range table.results[c.name] {
				measured++
				if r.Exports != p.Exports || r.Export <= 0 || r.Collect <= 0 || r.Store < 0 {
					t.Errorf("%s: %s: %+v", name, c.name, r)
				}
			}
			if len(table.results[c.name]) == 0 && !c.otlp {
				t.Errorf("%s: %s has no result", name, c.name)
			}
		}
		for _, markdown := range []bool{false, true} {
			var out bytes.Buffer
			table.write(&out, markdown)
			if !strings.Contains(out.String(), name) || strings.Count(out.String(), " µs") != 4*measured || strings.Contains(out.String(), "NaN") {
				t.Errorf("%s: the table of %d results is\n%s", name, measured, &out)
			}
		}
	}
}

// Both formats of lines have the points that ours has: the same number, each with its
// tags, value and time.
func TestLinesHoldAllPoints(t *testing.T) {
	j := storeJob{Series: 20, Tags: 2}
	for name, c := range map[string]struct {
		format lineFormat
		want   string // of a bucket
	}{
		"Prometheus": {promLines, `,le="+Inf"} 2 `},
		"Influx":     {influxLines, `,le=+Inf value=2 `},
	} {
		var bodies []string
		store := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
			r, err := gzip.NewReader(req.Body)
			if err != nil {
				t.Error(err)
				return
			}
			text, err := io.ReadAll(r)
			if err != nil {
				t.Error(err)
			}
			bodies = append(bodies, string(text))
		}))
		w, err := newInstruments(j)
		if err != nil {
			t.Fatal(err)
		}
		e := newLineExporter(store.URL, c.format)
		for range 2 {
			if _, err := w.export(t.Context(), e, time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		store.Close()
		lines := slices.Collect(strings.Lines(bodies[1]))
		if len(lines) != j.points() {
			t.Errorf("%s: %d lines, want %d", name, len(lines), j.points())
		}
		if n := strings.Count(bodies[1], c.want); n != 4 { // two histograms of two series
			t.Errorf("%s: %d times %q in\n%s", name, n, c.want, bodies[1])
		}
		if err := w.provider.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A store's helper that gives up is an error, and what it started ends.
func TestOutsideOfTests(t *testing.T) {
	o, ended := &outside{dir: t.TempDir()}, 0
	err := o.within(func() {
		o.Cleanup(func() { ended++ })
		o.Fatalf("no %s", "store")
		t.Error("Fatalf returns")
	})
	if err == nil || err.Error() != "no store" || !o.Failed() {
		t.Errorf("%v", err)
	}
	if err := o.end(); err == nil || ended != 1 {
		t.Errorf("%v, %d cleanups", err, ended)
	}
}
