package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/query"
)

// ownTimes is an answer of n series, each with one point at its own time.
func ownTimes(n int) string {
	var b strings.Builder
	b.WriteString(`{"outputs":[{"id":"x","result":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"metric":"m","tags":{"h":"%d"},"dps":[[%d,1]]}`, i, 1714564800+i)
	}
	return b.String() + `]}],"hints":[]}`
}

func TestWideTablesAreRefused(t *testing.T) {
	s, srv := newStore(t)
	srv.Inject(apptuittest.Text(200, ownTimes(3000)).On(apptuittest.Queries))
	var before, after runtime.MemStats
	for _, format := range formatNames {
		runtime.ReadMemStats(&before)
		d := s.run("query", "fetch('x')", "--format", format)
		runtime.ReadMemStats(&after)
		if format == formatCSV {
			wantFailure(t, d, exitFailure, "fewer series", "--format long")
		} else if d.status != exitOK {
			t.Errorf("%s: %+v", format, d)
		}
		if grew := (after.TotalAlloc - before.TotalAlloc) >> 20; grew > 20 {
			t.Errorf("%s allocates %d MiB", format, grew)
		}
	}
}

func TestUsualTablesAreWritten(t *testing.T) {
	s, srv := newStore(t)
	srv.Inject(apptuittest.Text(200, ownTimes(300)).On(apptuittest.Queries))
	if out := s.mustRun("query", "fetch('x')"); strings.Count(out, "\n") != 303 {
		t.Errorf("%.300s", out)
	}
	var many []query.Series
	for i := range 500 { // at the same times
		many = append(many, query.Series{Tags: map[string]string{"h": fmt.Sprint(i)}})
		for j := range 300 {
			many[i].Points = append(many[i].Points, query.Point{UnixMilli: int64(j)})
		}
	}
	if err := (tabulator{view: view{zone: time.UTC}}).write(io.Discard, &query.Result{Outputs: []query.Output{{Series: many}}}); err != nil {
		t.Error(err)
	}
}

// Long names make no wide tables, and steer no terminal in any format.
func TestHostileNames(t *testing.T) {
	s, srv := newStore(t)
	s.width = 80
	long := strings.Repeat("v", 100_000)
	tags, _ := json.Marshal(map[string]string{"k\u009b": "\x1b[2J\u202e\x7f\n\U000e0001", "long": long})
	srv.Inject(apptuittest.Text(200, `{"outputs":[{"id":"=x\u001b]0;y","result":[{"metric":"m\u0007","tags":`+string(tags)+`,"dps":[[1714564800,1],[1714564860,2]]},`+
		`{"metric":"n","tags":{},"dps":[[1714564800,1]]}]}],"hints":["h\u001b[1m`+long+`"]}`).On(apptuittest.Queries))
	for _, format := range formatNames {
		d := s.run("query", "fetch('x')", "--format", format)
		if binary(format) {
			wantFailure(t, d, exitUsage, "no text for a terminal")
			continue
		}
		if d.status != exitOK {
			t.Fatalf("%+v", d)
		}
		for _, r := range d.out + d.err {
			if r != '\n' && steers(r) {
				t.Errorf("%s: %q", format, r)
			}
		}
		exact := format == formatCSV || format == formatLong || format == formatJSON
		if shown := strings.Contains(d.out, long); shown != exact || strings.Contains(d.err, long) || !exact && len(d.out) > 4000 {
			t.Errorf("%s: the long value is shown: %t, %d bytes: %.200q", format, shown, len(d.out), d.out)
		}
		if format == formatJSON && !json.Valid([]byte(d.out)) {
			t.Errorf("%s", d.out[:300])
		}
	}
	// JSON means the same on a terminal and in a file.
	escaped := s.mustRunHinted("query", "fetch('x')", "--format", "json")
	s.width = 0
	var a, b any
	if json.Unmarshal([]byte(escaped), &a) != nil || json.Unmarshal([]byte(s.mustRunHinted("query", "fetch('x')", "--format", "json")), &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("the escapes change what JSON means")
	}
}

func (s *shell) mustRunHinted(args ...string) string {
	d := s.run(args...)
	if d.status != exitOK {
		s.t.Fatalf("%+v", d)
	}
	return d.out
}

func TestManyHints(t *testing.T) {
	s, srv := newStore(t)
	srv.Inject(apptuittest.Text(200, `{"outputs":[],"hints":["h"`+strings.Repeat(`,"h"`, 5000)+`]}`).On(apptuittest.Queries))
	d := s.run("query", "fetch('x')")
	if n := strings.Count(d.err, "\n"); n != maxHints+2 || !strings.Contains(d.err, "and 4981 more hints") {
		t.Errorf("%d lines", n)
	}
}
