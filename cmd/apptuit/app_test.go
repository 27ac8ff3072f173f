package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/internal/realserver"
)

var update = flag.Bool("update", false, "write the golden files")

// beMain names the variable that makes the test binary the command.
const beMain = "APPTUIT_TEST_BE_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(beMain) != "" {
		os.Unsetenv(beMain)
		main()
	}
	goleak.VerifyTestMain(m)
}

// noon is where the points of tests begin, and quarterPast is their now.
var (
	noon        = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	quarterPast = noon.Add(15 * time.Minute)
)

// A shell runs the command in this process.
type shell struct {
	t     *testing.T
	env   map[string]string
	token string
	width int
	color bool
	cuts  bool // the endpoint cuts off an answer now and then
}

// newShell returns a shell whose environment names an endpoint.
func newShell(t *testing.T, endpoint string) *shell {
	s := &shell{t: t, token: "tok" + rand.Text()}
	s.env = map[string]string{"APPTUIT_API_ENDPOINT": endpoint, "APPTUIT_API_TOKEN": s.token}
	return s
}

// newStore returns a shell and the fake Apptuit that it talks to.
func newStore(t *testing.T) (*shell, *apptuittest.Server) {
	s := newShell(t, "")
	srv := apptuittest.NewServer(apptuittest.WithToken(s.token))
	t.Cleanup(srv.Close)
	s.env["APPTUIT_API_ENDPOINT"] = srv.URL
	return s, srv
}

// newVMShell returns a shell and the real VictoriaMetrics that it talks to through
// vmauth. Of the answers to a POST that vmauth 1.79 passes on, it cuts off one in a
// hundred: the command tries again, and what it says of that is left out.
func newVMShell(t *testing.T) (*shell, *realserver.VictoriaMetrics) {
	t.Helper()
	vm := realserver.StartVictoriaMetrics(t)
	s := newShell(t, "")
	s.env["APPTUIT_API_ENDPOINT"], s.cuts = realserver.StartVMAuth(t, s.token, vm).URL, true
	return s, vm
}

var cutOff = regexp.MustCompile(`(?m)^apptuit: trying again: \S+: the answer was cut off: .*\n`)

// A done is what came of a command line.
type done struct {
	status   int
	out, err string
}

func (s *shell) app(in io.Reader, out, errs io.Writer) *app {
	return &app{
		in: in, out: out, width: s.width, color: s.color,
		console: &console{w: errs},
		env: func(name string) (string, bool) {
			value, ok := s.env[name]
			return value, ok
		},
		now: func() time.Time { return quarterPast },
	}
}

func (s *shell) run(args ...string) done { return s.pipe("", args...) }

func (s *shell) pipe(in string, args ...string) done {
	return s.runContext(s.t.Context(), strings.NewReader(in), args...)
}

// runContext fails the test where anything shows the token. What send says where
// all is well is left out.
func (s *shell) runContext(ctx context.Context, in io.Reader, args ...string) done {
	s.t.Helper()
	if len(args) > 0 && args[0] == "send" {
		args = slices.Insert(slices.Clone(args), 1, "--quiet")
	}
	var out, errs bytes.Buffer
	status := s.app(in, &out, &errs).run(ctx, args)
	d := done{status, out.String(), errs.String()}
	if s.cuts {
		d.err = cutOff.ReplaceAllLiteralString(d.err, "")
	}
	if strings.Contains(d.out+d.err, s.token) {
		s.t.Errorf("%q shows the token:\n%s%s", args, d.out, d.err)
	}
	return d
}

// mustRun returns the standard output of a command that says nothing else.
func (s *shell) mustRun(args ...string) string {
	s.t.Helper()
	d := s.run(args...)
	if d.status != exitOK || d.err != "" {
		s.t.Fatalf("%q: status %d, %s", args, d.status, d.err)
	}
	return d.out
}

// golden compares with testdata/name.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// wantFailure checks a status, and that one line holds all of parts.
func wantFailure(t *testing.T, d done, status int, parts ...string) {
	t.Helper()
	if d.status != status || d.out != "" {
		t.Errorf("status %d, want %d; output %q", d.status, status, d.out)
	}
	if !strings.HasPrefix(d.err, "apptuit: ") || strings.Count(d.err, "\n") != 1 || strings.Count(d.err, "apptuit: ") != 1 {
		t.Errorf("not one line: %q", d.err)
	}
	for _, part := range parts {
		if !strings.Contains(d.err, part) {
			t.Errorf("%q lacks %q", d.err, part)
		}
	}
	if strings.Contains(d.err, "With") {
		t.Errorf("%q names an option of Go", d.err)
	}
}
