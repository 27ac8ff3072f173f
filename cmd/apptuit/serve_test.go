package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"math"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"testing"
)

// serve runs the command on a free port. It returns the lines of its standard output,
// and what ends it and returns its status and what it said beside.
func (s *shell) serve(flags ...string) (lines *bufio.Scanner, end func() (int, string)) {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	out, write := io.Pipe()
	s.t.Cleanup(func() { out.Close() })
	var errs bytes.Buffer
	status := make(chan int, 1)
	go func() {
		defer write.Close()
		status <- s.app(strings.NewReader(""), write, &errs).run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...))
	}()
	return bufio.NewScanner(out), func() (int, string) {
		cancel()
		got := <-status
		return got, errs.String()
	}
}

func TestServe(t *testing.T) {
	s := newShell(t, "")
	lines, end := s.serve()
	for _, name := range []string{"APPTUIT_API_ENDPOINT", "APPTUIT_API_TOKEN"} {
		lines.Scan()
		value, ok := strings.CutPrefix(lines.Text(), "export "+name+"=")
		if !ok {
			t.Fatalf("%q", lines.Text())
		}
		s.env[name] = value
	}
	for _, path := range []string{"/", "/page/page.js"} {
		if status := statusOf(t, s.env["APPTUIT_API_ENDPOINT"]+path); status != 200 {
			t.Errorf("%s: status %d", path, status)
		}
	}
	s.mustRun("send", "x", "1714564800", "5", "k=v")
	if got := s.mustRun("query", "fetch('x')", "--format", "csv"); got != "time,x{k:v}\n2024-05-01T12:00:00Z,5\n" {
		t.Errorf("%q", got)
	}
	if d := s.run("promql", "x"); d.status != exitFailure || !strings.Contains(d.err, "status 404") || !strings.Contains(d.err, promQLHint) {
		t.Errorf("%+v", d)
	}

	events, err := http.Get(s.env["APPTUIT_API_ENDPOINT"] + "/events") // a page that is open
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()

	if got, said := end(); got != exitOK || !strings.HasSuffix(said, "apptuit: ended; 1 point had come\n") || !strings.Contains(said, "watch it at http://127.0.0.1:") {
		t.Errorf("status %d: %s", got, said)
	}
	if lines.Scan() {
		t.Errorf("more output: %q", lines.Text())
	}
}

func statusOf(t *testing.T, url string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestServeWithoutPage(t *testing.T) {
	s := newShell(t, "")
	lines, end := s.serve("--no-page")
	lines.Scan()
	url := strings.TrimPrefix(lines.Text(), "export APPTUIT_API_ENDPOINT=")
	lines.Scan()
	for _, path := range []string{"/", "/events", "/page/page.js"} {
		if got := statusOf(t, url+path); got != 404 {
			t.Errorf("%s: status %d", path, got)
		}
	}
	if got, said := end(); got != exitOK || strings.Contains(said, "watch it") {
		t.Errorf("status %d: %s", got, said)
	}
}

func TestServeWhereAnotherListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := newShell(t, "")
	wantFailure(t, s.run("serve", "--listen", listener.Addr().String()), exitFailure, "choose another address by --listen")
}

func TestServeForOthersIsTold(t *testing.T) {
	s := newShell(t, "")
	a := s.app(strings.NewReader(""), io.Discard, io.Discard)
	for address, want := range map[string]bool{"127.0.0.1": false, "::1": false, "0.0.0.0": true, "::": true, "192.0.2.1": true} {
		var errs bytes.Buffer
		a.console = &console{w: &errs}
		if err := a.announce(&net.TCPAddr{IP: net.ParseIP(address), Port: 4242}, true); err != nil {
			t.Error(err)
		}
		if told := strings.Contains(errs.String(), "everybody"); told != want {
			t.Errorf("%s: %s", address, errs.String())
		}
	}
}

// A server takes no more memory than it says, unless who starts it says how much.
func TestServeLimitsItsMemory(t *testing.T) {
	before := debug.SetMemoryLimit(math.MaxInt64)
	defer debug.SetMemoryLimit(before)
	for _, test := range []struct{ given, want int64 }{{math.MaxInt64, serveMemory}, {1 << 30, 1 << 30}} {
		debug.SetMemoryLimit(test.given)
		if limitMemory(); debug.SetMemoryLimit(-1) != test.want {
			t.Errorf("the limit is %d bytes where %d were given, want %d", debug.SetMemoryLimit(-1), test.given, test.want)
		}
	}
}
