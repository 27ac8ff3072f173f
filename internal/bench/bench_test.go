package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// The test binary plays the roles that the program starts of itself.
func TestMain(m *testing.M) {
	if played, err := playRole(); played {
		exit(err)
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // each process would end a second late
	os.Exit(m.Run())
}

// smallest is the least that the program takes.
var smallest = []setting{{Series: 200, Lap: 2}, {Series: 200, Lap: 2, Churn: true}}

func TestAllContestants(t *testing.T) {
	p := plan{settings: smallest, contestants: matching(""), rounds: 1}
	tables, err := p.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		for _, name := range p.contestants {
			checkResult(t, table.String()+": "+name, table.results[name])
		}
	}
	for _, markdown := range []bool{false, true} {
		checkReport(t, tables, markdown)
	}
}

// checkResult finds out whether the server got what was measured; that all of
// the points arrive is what a contestant proves before.
func checkResult(t *testing.T, name string, rs []result) {
	t.Helper()
	if len(rs) != 1 {
		t.Fatalf("%s: %d results of one round", name, len(rs))
	}
	r := rs[0]
	if r.Exports < smallest[0].lap() || r.Delivered.Requests != int64(r.Exports) || r.Delivered.Points != 0 {
		t.Errorf("%s: %d exports, and the server has %+v", name, r.Exports, r.Delivered)
	}
	if r.Delivered.Wire < int64(r.Exports*smallest[0].flat()) || r.CPU <= 0 || r.Wall <= 0 || r.Mallocs == 0 || r.Bytes == 0 {
		t.Errorf("%s: a cost is missing: %+v", name, r)
	}
}

func checkReport(t *testing.T, tables []table, markdown bool) {
	t.Helper()
	var out bytes.Buffer
	report(&out, tables, 1, markdown)
	for _, table := range tables {
		_, text, found := strings.Cut(out.String(), table.String())
		if !found {
			t.Fatalf("no table for %s in\n%s", table, &out)
		}
		for _, name := range table.names {
			row := slices.Collect(lines(text, name))
			if len(row) == 0 || strings.Count(row[0], " MiB") != 1 || strings.Contains(row[0], "NaN") {
				t.Errorf("%s: the row of %s is %q in\n%s", table, name, row, &out)
			}
		}
	}
}

// lines yields the lines of text that begin with name.
func lines(text, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			cut := strings.Trim(line, "| ")
			if (strings.HasPrefix(cut, name+" ") || strings.HasPrefix(cut, "`"+name+"` ")) && !yield(line) {
				return
			}
		}
	}
}

// lossy exports nothing.
type lossy struct{}

func (lossy) Export(context.Context, *metricdata.ResourceMetrics) error { return nil }
func (lossy) Shutdown(context.Context) error                            { return nil }

func TestLostPointsEndTheRun(t *testing.T) {
	server, to, err := startServer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.end()
	j := job{setting: smallest[0], Server: to}
	_, err = j.compete(contestant{settle: 1}, lossy{}, newWorkload(j.setting, 1))
	if err == nil || !strings.Contains(err.Error(), "0 points arrived of the 720") {
		t.Errorf("the error is %v", err)
	}
}

func TestAContestantThatFailsIsNamed(t *testing.T) {
	j := job{setting: smallest[0], Contestant: reference, Server: addresses{Control: "127.0.0.1:1"}}
	if _, err := measure(j); err == nil {
		t.Error("no error without a server")
	}
	if _, err := measure(job{setting: smallest[0], Contestant: "nobody"}); err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("the error is %v", err)
	}
}

// However a run ends, its server does not outlive it.
func TestTheServerEnds(t *testing.T) {
	for name, end := range map[string]func(*process, context.CancelFunc) error{
		"let go of":   func(p *process, _ context.CancelFunc) error { return p.end() },
		"interrupted": func(p *process, cancel context.CancelFunc) error { cancel(); return ignoreKill(p.cmd.Wait()) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p, to, err := startServer(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := end(p, cancel); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if conn, err := net.DialTimeout("tcp", to.HTTP, time.Second); err == nil {
			conn.Close()
			t.Errorf("%s: it still listens", name)
		}
	}
}

// ignoreKill drops the error of a process that was meant to be killed.
func ignoreKill(err error) error {
	if err == nil {
		return errors.New("it ended by itself")
	}
	return nil
}

func TestWorkload(t *testing.T) {
	for _, s := range smallest {
		w := newWorkload(s, 1)
		before := snapshot(w.next(1)[0])
		if n := len(naivePoints(w.ring[0])); n != s.flat() || len(before.sets) != s.Series || before.attributes != 5 {
			t.Errorf("%s: %d points, %d series with %d attributes", s, n, len(before.sets), before.attributes)
		}
		if before.histograms*5 != s.Series || resourceAttributes.Len() != 8 {
			t.Errorf("%s: %d histograms, %d attributes of the resource", s, before.histograms, resourceAttributes.Len())
		}
		after := snapshot(w.next(1)[0])
		if after.at != before.at.Add(10*time.Second) || reflect.DeepEqual(after.values, before.values) {
			t.Errorf("%s: from %s to %s, values %v", s, before.at, after.at, after.values)
		}
		checkOrder(t, s, before.sets, after.sets)
	}
}

// checkOrder sees to it that the series that stay keep their order.
func checkOrder(t *testing.T, s setting, before, after []attribute.Distinct) {
	t.Helper()
	fresh := 0
	if s.Churn {
		fresh = s.Series * churned / 100
	}
	notIn := func(sets []attribute.Distinct) func(attribute.Distinct) bool {
		return func(d attribute.Distinct) bool { return !slices.Contains(sets, d) }
	}
	left := slices.DeleteFunc(slices.Clone(before), notIn(after))
	stay := slices.DeleteFunc(slices.Clone(after), notIn(before))
	if len(stay) != s.Series-fresh || !slices.Equal(left, stay) {
		t.Errorf("%s: %d of %d series stay, %d are new: in another order, or too few", s, len(stay), len(before), fresh)
	}
}

// A seen is what one collection had.
type seen struct {
	at         time.Time
	values     []float64
	sets       []attribute.Distinct
	attributes int // of a series, at least
	histograms int
}

func snapshot(rm *metricdata.ResourceMetrics) seen {
	s := seen{attributes: 1 << 20}
	add := func(at time.Time, v float64, set attribute.Set) {
		s.at = at
		s.values = append(s.values, v)
		s.sets = append(s.sets, set.Equivalent())
		s.attributes = min(s.attributes, set.Len())
	}
	for _, m := range rm.ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			eachPoint(data.DataPoints, add)
		case metricdata.Sum[float64]:
			eachPoint(data.DataPoints, add)
		case metricdata.Gauge[int64]:
			eachPoint(data.DataPoints, add)
		case metricdata.Gauge[float64]:
			eachPoint(data.DataPoints, add)
		case metricdata.Histogram[float64]:
			s.histograms += len(data.DataPoints)
			for _, dp := range data.DataPoints {
				add(dp.Time, dp.Sum, dp.Attributes)
			}
		}
	}
	return s
}

func eachPoint[N int64 | float64](dps []metricdata.DataPoint[N], add func(time.Time, float64, attribute.Set)) {
	for _, dp := range dps {
		add(dp.Time, float64(dp.Value), dp.Attributes)
	}
}

func TestCommandLine(t *testing.T) {
	for args, want := range map[string]string{
		"-sizes 1000,10000 -modes churn": "[1,000 series, 10% new at each export 10,000 series, 10% new at each export]",
		"-sizes 100":                     `"100" is not a multiple of 200`,
		"-sizes many":                    `"many" is not a multiple of 200`,
		"-modes other":                   `"other" is neither`,
		"-contestants nobody":            `"nobody"`,
		"-rounds 0":                      "at least one round",
		"more":                           "no argument",
	} {
		p, _, err := parse(strings.Fields(args))
		if got := fmt.Sprint(p.settings, err); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	same := func(x float64) float64 { return x }
	if odd, even := median([]float64{9, 1, 5}, same), median([]float64{4, 1, 2, 9}, same); odd != 5 || even != 3 {
		t.Errorf("%v and %v", odd, even)
	}
	if got := thousands(1_234_005) + " " + thousands(999); got != "1,234,005 999" {
		t.Error(got)
	}
}

func TestProgressIsOneLine(t *testing.T) {
	var out bytes.Buffer
	plan{progress: &out}.tell("one")
	plan{progress: io.Discard}.tell("two")
	if out.String() != "\r\x1b[Kone" {
		t.Errorf("%q", &out)
	}
}
