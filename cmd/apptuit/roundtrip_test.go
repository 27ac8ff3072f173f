package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/internal/realserver"
)

// roundForms are what query writes and send reads.
var roundForms = []string{formatCSV, formatLong, formatJSON}

// passOn queries one store, sends what comes to another, and returns what that has.
func passOn(t *testing.T, from *shell, form string, ask, send []string) []string {
	t.Helper()
	text := from.mustRun(append(ask, "--format", form)...)
	other, to := newStore(t)
	d := other.pipe(text, append([]string{"send", "--from", form}, send...)...)
	if d.status != exitOK || d.err != "" {
		t.Errorf("%s: %+v\n%s", form, d, text)
	}
	got := stored(to)
	slices.Sort(got)
	return got
}

func wantPoints(t *testing.T, form string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d points of %d\n%.2000q\n%.2000q", form, len(got), len(want), got, want)
	}
}

// What query writes is read back by send, in each form that both know.
func TestRoundTrips(t *testing.T) {
	s, from := stocked(t)
	want := stored(from)
	slices.Sort(want)
	for _, form := range roundForms {
		wantPoints(t, form, passOn(t, s, form, []string{"query", "fetch('node.cpu'); fetch('node.load1')"}, nil), want)
		zoned := []string{"query", "fetch('node.cpu'); fetch('node.load1')", "--zone", "Asia/Kathmandu"}
		wantPoints(t, form+" in a zone", passOn(t, s, form, zoned, nil), want)
	}
}

// So are keys that are the names of columns, and values that look like parts of a
// name.
func TestRoundTripsOfOddTags(t *testing.T) {
	s, from := newStore(t)
	from.Inject(apptuittest.Text(200, `{"outputs":[{"id":"x=y","result":[
		{"metric":"a.b-c/d_e","tags":{"time":"x","value":"9","metric":"m","output":"o","tag_time":"t"},"dps":[[1714564800,1],[1714564860,-2.5]]},
		{"metric":"a","tags":{"Host":"x/y","host":"=x","zone":"NaN","tag_tag_value":"v"},"dps":[[1714564800,9007199254740991],[1714564860,1e-300]]},
		{"metric":"a","tags":{"path":"C:/a, b:c","q":"\"quoted\" {x}","u":"größe 日本","n":"two\nlines"},"dps":[[1714564800,1e300]]}]},
		{"id":"z","result":[{"metric":"a","tags":{"k":"v"},"dps":[[1714564800,0.1]]}]}],"hints":[]}`).On(apptuittest.Queries))
	want := []string{
		`a.b-c/d_e{metric="m",output="o",tag_time="t",time="x",value="9"} 1714564800000 1`,
		`a.b-c/d_e{metric="m",output="o",tag_time="t",time="x",value="9"} 1714564860000 -2.5`,
		`a{Host="x/y",host="=x",tag_tag_value="v",zone="NaN"} 1714564800000 9007199254740991`,
		`a{Host="x/y",host="=x",tag_tag_value="v",zone="NaN"} 1714564860000 1e-300`,
		`a{k="v"} 1714564800000 0.1`,
		`a{n="two\nlines",path="C:/a, b:c",q="\"quoted\" {x}",u="größe 日本"} 1714564800000 1e+300`,
	}
	for _, form := range roundForms {
		wantPoints(t, form, passOn(t, s, form, []string{"query", "fetch('x')"}, nil), want)
	}
}

// Milliseconds come through a real store and all forms.
func TestRoundTripsOfMilliseconds(t *testing.T) {
	s, vm := newVMShell(t)
	var lines strings.Builder
	var want []string
	for i := range 40 {
		at, value := noon.UnixMilli()+int64(i)*1001, float64(i)/8
		fmt.Fprintf(&lines, "node_cpu %d %g host=a\n", at, value)
		want = append(want, fmt.Sprintf(`node_cpu{host="a"} %d %v`, at, value))
	}
	if d := s.pipe(lines.String(), "send", "--milliseconds"); d.status != exitOK || d.err != "" {
		t.Fatalf("%+v", d)
	}
	_ = vm.Samples(t, `{__name__="node_cpu"}`) // they can be read now
	slices.Sort(want)
	at := noon.UnixMilli() + 40*1000
	ask := []string{"promql", "node_cpu[1h]", "--at", fmt.Sprint(at)}
	for _, form := range roundForms {
		wantPoints(t, form, passOn(t, s, form, ask, []string{"--milliseconds"}), want)
	}
}

// What no put can carry is told by its line, and the rest is sent.
func TestRoundTripsTellWhatIsNotFinite(t *testing.T) {
	s, from := newStore(t)
	from.Inject(apptuittest.Text(200, `{"outputs":[{"id":"x","result":[{"metric":"m","tags":{"h":"a"},
		"dps":[[1714564800,"NaN"],[1714564860,"Infinity"],[1714564920,"-Infinity"],[1714564980,4]]}]}],"hints":[]}`).On(apptuittest.Queries))
	for form, told := range map[string][]string{
		formatCSV:  {"line 2: the value NaN", "line 3: the value +Inf", "line 4: the value -Inf", "1 point sent, 3 lines not"},
		formatLong: {"line 2: the value NaN", "line 3: the value +Inf", "line 4: the value -Inf", "1 point sent, 3 lines not"},
		formatJSON: {"line 1: the value NaN is no finite number, and 2 more of its points cannot be sent", "1 point sent"},
	} {
		text := s.mustRun("query", "fetch('x')", "--format", form)
		other, to := newStore(t)
		d := other.pipe(text, "send", "--from", form)
		if d.status != exitFailure {
			t.Errorf("%s: %+v", form, d)
		}
		for _, part := range told {
			if !strings.Contains(d.err, part) {
				t.Errorf("%s: %q lacks %q", form, d.err, part)
			}
		}
		wantPoints(t, form, stored(to), []string{`m{h="a"} 1714564980000 4`})
	}
}

// What is copied from one real store to another has the same milliseconds and values
// there.
func TestCopyBetweenRealStores(t *testing.T) {
	from, to := realserver.StartVictoriaMetrics(t), realserver.StartVictoriaMetrics(t)
	s := newShell(t, from.PutURL)
	delete(s.env, "APPTUIT_API_TOKEN")
	s.env["APPTUIT_STORE"], s.env["APPTUIT_QUERY_ENDPOINT"] = "victoriametrics", from.QueryURL
	var lines strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&lines, "node_cpu %d %g host=%d\n", noon.UnixMilli()+int64(i)*251, float64(i)/8, i%3)
	}
	if d := s.pipe(lines.String(), "send", "--milliseconds"); d.status != exitOK || d.err != "" {
		t.Fatalf("%+v", d)
	}
	want := from.Samples(t, `{__name__="node_cpu"}`)
	d := s.run("copy", "node_cpu", "--to", to.PutURL, "--milliseconds")
	if d.status != exitOK || !strings.Contains(d.err, "3000 points sent to "+to.PutURL) {
		t.Fatalf("%+v", d)
	}
	got := to.Samples(t, `{__name__="node_cpu"}`)
	if texts(got) != texts(want) || len(want) != 3000 {
		t.Errorf("%d points of %d", len(got), len(want))
	}
	if d := s.run("copy", "node_cpu", "--to", to.PutURL); d.status != exitOK || !strings.Contains(d.err, "the milliseconds of") {
		t.Errorf("%+v", d)
	}
}

// texts writes points in an order that does not depend on the store.
func texts[T any](all []T) string {
	var lines []string
	for _, one := range all {
		lines = append(lines, fmt.Sprintf("%+v", one))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
