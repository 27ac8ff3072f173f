package main

import (
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/transport"
)

func TestUsageErrors(t *testing.T) {
	s := newShell(t, "http://127.0.0.1:1")
	for line, part := range map[string]string{
		"":                             "give a command",
		"quary x":                      "is query meant?",
		"--token x":                    "unknown flag: --token",
		"query":                        "give a query",
		"query a b":                    "put it in quotes",
		"query --token x y":            "unknown flag: --token",
		"query x --start tomorrow":     "is no time",
		"query x --start":              "needs an argument",
		"query x --end 0 --start -1d":  "--end 0 is before --start -1d",
		"query x --format xml":         "use table, csv, long, json, chart",
		"query x --timeout 0s":         "it is zero",
		"query x --timeout 1":          "use a duration",
		"promql":                       "give an expression",
		"promql sum (x)":               "put it in quotes",
		"promql x --step -5m":          "use a duration",
		"promql x --end -2h":           "is before",
		"send x":                       "METRIC [TIME] VALUE",
		"send x 1":                     "it has no tag",
		"send x y k=v":                 `"y" is no finite number`,
		"send x NaN k=v":               "no finite number",
		"send x 1 2 3 k=v":             "METRIC [TIME] VALUE",
		"send x 1 k=":                  "write KEY=VALUE",
		"send x 1 k=v k=w":             `two tags "k"`,
		"send x! 1 k=v":                "letters, digits",
		"send x soon 1 k=v":            `"soon": it is no time`,
		"send --bad x 1 k=v":           "unknown flag",
		"serve x":                      "flags only",
		"serve --listen 4242":          "is not ADDRESS:PORT",
		"serve --listen 127.0.0.1:0 y": "flags only",
	} {
		t.Run(line, func(t *testing.T) {
			s.t = t
			wantFailure(t, s.run(strings.Fields(line)...), exitUsage, part, "--help")
		})
	}
}

func TestHelp(t *testing.T) {
	s := newShell(t, "")
	for _, name := range []string{"", "query", "promql", "metrics", "labels", "series", "send", "copy", "serve"} {
		args := append(strings.Fields(name), "--help")
		out := s.mustRun(args...)
		golden(t, strings.TrimSuffix("help-"+name, "-"), out)
		if !strings.Contains(out, "Examples:") {
			t.Errorf("%s has no examples", name)
		}
		for line := range strings.Lines(out) {
			if len(strings.TrimSuffix(line, "\n")) > 79 {
				t.Errorf("%s: %d columns: %s", name, len(line), line)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	s := newShell(t, "")
	if got := s.mustRun("--version"); got != "apptuit "+transport.Version+"\n" {
		t.Errorf("%q", got)
	}
}

// A token in a wrong place is not shown, whether the environment knows it or
// not.
func TestUsageErrorsShowNoToken(t *testing.T) {
	for _, line := range []string{
		"TOKEN", "query TOKEN x", "query x --start TOKEN", "query x --end=TOKEN", "query x --format TOKEN", "query x --timeout TOKEN",
		"query -tTOKEN", "query --=TOKEN", "promql x --step TOKEN", "send --milliseconds=TOKEN a 1 k=v", "send --timeout TOKEN",
		"serve TOKEN", "serve --listen TOKEN", "query --help=TOKEN",
	} {
		s := newShell(t, "http://127.0.0.1:1")
		const other = "shhXnotOurs"
		wantFailure(t, s.run(strings.Fields(strings.ReplaceAll(line, "TOKEN", s.token))...), exitUsage)
		if d := s.run(strings.Fields(strings.ReplaceAll(line, "TOKEN", other))...); strings.Contains(d.err+d.out, other) {
			t.Errorf("%s: %s", line, d.err)
		}
	}
	s := newShell(t, "http://127.0.0.1:1")
	for _, line := range []string{"send a TOKEN k=v", "send a TOKEN 1 k=v", "send a 1 TOKEN=", "--TOKEN"} {
		wantFailure(t, s.run(strings.Fields(strings.ReplaceAll(line, "TOKEN", s.token))...), exitUsage)
	}
}
