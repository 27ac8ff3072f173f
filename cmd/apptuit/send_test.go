package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
)

// stored returns the points of a store, each as text.
func stored(srv *apptuittest.Server) []string {
	var texts []string
	for _, p := range srv.Points() {
		texts = append(texts, fmt.Sprintf("%v %d %v", p.Series, p.Time.UnixMilli(), p.Value))
	}
	return texts
}

func TestSend(t *testing.T) {
	for line, want := range map[string]string{
		"queue.length 12 host=a":                   `queue.length{host="a"} 1714565700000 12`,
		"t -4.5 room=cellar floor=-1":              `t{floor="-1",room="cellar"} 1714565700000 -4.5`,
		"t -5m 1 k=a=b":                            `t{k="a=b"} 1714565400000 1`,
		"t 1714564800 9007199254740993 k=v":        `t{k="v"} 1714564800000 9007199254740993`,
		"t 2024-05-01T12:00:00.25Z 1e3 k=v":        `t{k="v"} 1714564800000 1000`,
		"--milliseconds t 1714564800250 0.5 k=v":   `t{k="v"} 1714564800250 0.5`,
		"t 18446744073709551615 k=v":               `t{k="v"} 1714565700000 1.8446744073709552e+19`,
		"--timeout 5s 日本語.abc/x-y 1 größe.x=a,b;c": `日本語.abc/x-y{größe.x="a,b;c"} 1714565700000 1`,
	} {
		t.Run(line, func(t *testing.T) {
			s, srv := newStore(t)
			if out := s.mustRun(append([]string{"send"}, strings.Fields(line)...)...); out != "" {
				t.Errorf("says %q", out)
			}
			if got := stored(srv); len(got) != 1 || got[0] != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// An argument may hold spaces, where a line may not.
func TestSendArgumentsAreWords(t *testing.T) {
	s, srv := newStore(t)
	s.mustRun("send", "t", "1", "city=New York")
	if v, _ := srv.Points()[0].Series.Tag("city"); v != "New York" {
		t.Error(v)
	}
}

func TestSanitizeModeOfTheEnvironment(t *testing.T) {
	s, srv := newStore(t)
	for mode, want := range map[string]string{"prometheus": "a_b_", "apptuit": "a.b_", "": ""} {
		srv.Reset()
		s.env["APPTUIT_SANITIZE_MODE"] = mode
		s.run("send", "a.b!", "1", "k=v")
		for _, p := range srv.Points() {
			if p.Series.Metric() != want {
				t.Errorf("%s: %v", mode, p.Series)
			}
		}
		if stored := len(srv.Points()) == 1; stored != (want != "") {
			t.Errorf("%q: stored: %t", mode, stored)
		}
	}
	s.env["APPTUIT_SANITIZE_MODE"] = "some"
	wantFailure(t, s.run("send", "a", "1", "k=v"), exitFailure, "APPTUIT_SANITIZE_MODE")
}

const mixed = `# from a file
good 1714564800 1 host=a

bad
bad 1
bad x k=v
bad 1 2 3 k=v
bad 1 k=v j
bad! 1 k=v
	good  1714564801	2 host=a` + "\r\n" + `bad tomorrow 2 k=v
good 1714564802 3 host=a`

func TestSendLines(t *testing.T) {
	s, srv := newStore(t)
	d := s.pipe(mixed, "send")
	if d.status != exitFailure || d.out != "" {
		t.Errorf("%+v", d)
	}
	golden(t, "send-mixed", d.err)
	want := []string{
		`good{host="a"} 1714564800000 1`, `good{host="a"} 1714564801000 2`, `good{host="a"} 1714564802000 3`,
	}
	if got := stored(srv); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Lines that only the store refuses are told by number too.
func TestSendLinesThatTheStoreRefuses(t *testing.T) {
	s, srv := newStore(t)
	srv.Inject(apptuittest.RejectPoints(func(p encoding.Point) string {
		if p.Value.Float64() == 7 || p.Value.Float64() == 1500 {
			return "not this one"
		}
		return ""
	}))
	d := s.pipe(manyLines(2000), "send")
	const want = "apptuit: line 8: not this one\napptuit: line 1501: not this one\n" +
		"apptuit: 1998 points sent, 2 lines not: mend the lines that are named and send those again\n"
	if d.status != exitFailure || d.err != want || len(srv.Points()) != 1998 {
		t.Errorf("%d points, %+v", len(srv.Points()), d)
	}
}

func TestManyRefusedLines(t *testing.T) {
	s, srv := newStore(t)
	srv.Inject(apptuittest.RejectPoints(func(p encoding.Point) string { return "none" }).Times(1))
	d := s.pipe(manyLines(40)+strings.Repeat("bad\n", 40), "send")
	for _, part := range []string{"line 41:", "further lines", "lines 1 to 40: 30 more", "0 points sent, 80 lines not"} {
		if !strings.Contains(d.err, part) {
			t.Errorf("%s\nlacks %q", d.err, part)
		}
	}
}

func manyLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "many %d %d host=a\n", noon.Unix()+int64(i), i)
	}
	return b.String()
}

func TestSendManyLines(t *testing.T) {
	s, srv := newStore(t)
	if d := s.pipe(manyLines(12_345), "send"); d.status != exitOK || d.out+d.err != "" {
		t.Errorf("%+v", d)
	}
	if points := srv.Points(); len(points) != 12_345 || points[12_344].Value.Int64() != 12_344 {
		t.Errorf("%d points", len(points))
	}
}

func TestLongLinesAreSkipped(t *testing.T) {
	s, srv := newStore(t)
	long := strings.Repeat("x", 64<<10)
	d := s.pipe("a 1 k=v\n"+long+"\n"+long[1:]+"\na 2 k=v\n"+long+long, "send")
	for _, line := range []string{"line 2: it is longer", "line 3: it is not METRIC", "line 5: it is longer"} {
		if !strings.Contains(d.err, line) {
			t.Errorf("%s\nlacks %s", d.err, line)
		}
	}
	if len(srv.Points()) != 2 {
		t.Errorf("%d points", len(srv.Points()))
	}
}

func TestSendStops(t *testing.T) {
	s, srv := newStore(t)
	srv.Inject(apptuittest.Fault{}.Times(1))
	srv.Inject(apptuittest.Text(401, "no "+s.token))
	d := s.pipe(manyLines(2500), "send")
	wantFailure(t, d, exitFailure, "stopped at line 1001, with 1000 points sent before", "status 401", "check the token (APPTUIT_API_TOKEN)")

}

// A store that does not answer is told at once, and again in the end.
func TestDeadStore(t *testing.T) {
	s := newShell(t, "http://127.0.0.1:1")
	for _, line := range []string{"send --timeout 1s a 1 k=v", "query --timeout 2s x", "promql --timeout 2s x", "metrics --timeout 2s"} {
		began := time.Now()
		var told time.Duration
		errs := writerFunc(func(p []byte) (int, error) {
			if told == 0 && strings.HasPrefix(string(p), "apptuit: trying again: 127.0.0.1:1: dial tcp") {
				told = time.Since(began)
			}
			return len(p), nil
		})
		status := s.app(strings.NewReader(""), io.Discard, errs).run(t.Context(), strings.Fields(line))
		if status != exitFailure || told == 0 || told > time.Second {
			t.Errorf("%s: status %d, told after %v", line, status, told)
		}
	}
	d := s.run("send", "--timeout", "1s", "a", "1", "k=v")
	first, last, _ := strings.Cut(d.err, "\n")
	if !strings.Contains(first, "trying again") {
		t.Errorf("%q", d.err)
	}
	wantFailure(t, done{d.status, d.out, last}, exitFailure, "1 of 1 points not sent", "connection refused", "--timeout")
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestInputThatFails(t *testing.T) {
	s, srv := newStore(t)
	in := io.MultiReader(strings.NewReader("a 1 k=v\nb 2 k="), iotest.ErrReader(errors.New("the disk is gone")))
	wantFailure(t, s.runContext(t.Context(), in, "send"), exitFailure, "reading standard input: the disk is gone")
	if got := len(srv.Points()); got != 1 {
		t.Errorf("%d points", got)
	}
}

// What is of another form is not a success with no points.
func TestInputOfAnotherForm(t *testing.T) {
	s, srv := newStore(t)
	for _, c := range []struct{ form, text, want string }{
		{"json", `{"a":1}`, `{"outputs": [{"result": [SERIES, ...]}]}`},
		{"json", `[1,2]`, "--from opentsdb"},
		{"json", `5`, "--from opentsdb"},
		{"json", `{"outputs":[{"result":[{"a":1}]}]}`, "it is no series"},
		{"opentsdb", `[1,2]`, "it is no point"},
		{"opentsdb", `{"a":1}`, "the timestamp"},
		{"long", "a,b\n1,2\n", "no columns time, metric and value"},
		{"csv", "a,b\n1,2\n", "is not called time"},
		{"csv", "time\n1714564800\n", "names no series"},
		{"influx", `{"a":1}`, "line 1"},
		{"prometheus", `{"a":1}`, "text format"},
	} {
		if d := s.pipe(c.text, "send", "--from", c.form); d.status != exitFailure || !strings.Contains(d.err, c.want) {
			t.Errorf("%s: %+v lacks %q", c.text, d, c.want)
		}
	}
	if d := s.pipe("time,metric,host,value\n", "send", "--from", "long"); d.status != exitOK {
		t.Errorf("%+v", d)
	}
	if got := stored(srv); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// Points are sent when they come, not when the input ends; Ctrl-C ends it.
func TestSendAsTheyCome(t *testing.T) {
	s, srv := newStore(t)
	in, feed := io.Pipe()
	defer feed.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan done)
	go func() { result <- s.runContext(ctx, in, "send") }()
	for i := range 3 {
		fmt.Fprintf(feed, "a %d k=v\nb %d k=", i, i)
		if _, err := srv.WaitPoints(t.Context(), 2*i+1); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(feed, "v")
		if _, err := srv.WaitPoints(t.Context(), 2*i+2); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	wantFailure(t, <-result, exitFailure, "interrupted")
}

func TestAPersonIsTold(t *testing.T) {
	s, _ := newStore(t)
	var out, errs strings.Builder
	a := s.app(strings.NewReader("a 1 k=v\n"), &out, &errs)
	a.watched, a.console.terminal = true, true
	if status := a.run(t.Context(), []string{"send"}); status != exitOK {
		t.Error(status)
	}
	want := []string{"reading points, one in each line", "Ctrl-D ends\n", "1 point sent to http://127.0.0.1:"}
	for _, part := range want {
		if !strings.Contains(errs.String(), part) {
			t.Errorf("%q lacks %q", errs.String(), part)
		}
	}
}
