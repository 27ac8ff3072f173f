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
		"query x --start yesterday":    "is no time",
		"query x --start":              "needs an argument",
		"query x --end 1 --start 2":    "--end 1 is before --start 2",
		"query x --format xml":         "use table, csv, json, chart",
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
		"send x soon 1 k=v":            `"soon" is no time`,
		"send --bad x 1 k=v":           "unknown flag",
		"serve x":                      "unknown command",
		"serve --listen 4242":          "is not ADDRESS:PORT",
		"serve --listen 127.0.0.1:0 y": "unknown command",
	} {
		t.Run(line, func(t *testing.T) {
			s.t = t
			wantFailure(t, s.run(strings.Fields(line)...), exitUsage, part, "--help")
		})
	}
}

func TestHelp(t *testing.T) {
	s := newShell(t, "")
	for _, name := range []string{"", "query", "promql", "send", "serve"} {
		args := append(strings.Fields(name), "--help")
		out := s.mustRun(args...)
		golden(t, strings.TrimSuffix("help-"+name, "-"), out)
		if !strings.Contains(out, "Examples:") {
			t.Errorf("%s has no examples", name)
		}
		for line := range strings.Lines(out) {
			if len(line) > 121 {
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
