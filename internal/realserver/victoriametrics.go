package realserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"path/filepath"
	"testing"
)

// flagsPage of any of VictoriaMetrics' servers lists its command line.
const flagsPage = "/flags"

// farFuture, the year 2100, as Unix seconds: an export ends now unless told.
const farFuture = "4102444800"

// A VictoriaMetrics is a running single-node VictoriaMetrics. It stores what it
// acknowledged within seconds: a Kill loses what came just before it.
type VictoriaMetrics struct {
	*Process
	PutURL   string // "/api/put" goes behind it
	QueryURL string // the base of its own HTTP API
}

// StartVictoriaMetrics starts VictoriaMetrics; flags go behind the usual ones and
// win over them. It keeps repeated points, unless flags say otherwise.
func StartVictoriaMetrics(t testing.TB, flags ...string) *VictoriaMetrics {
	t.Helper()
	p := launch(t, "victoria-metrics", 2, func(home string, addrs []string) command {
		args := []string{
			"-storageDataPath=" + filepath.Join(home, "data"),
			"-httpListenAddr=" + addrs[0],
			"-opentsdbHTTPListenAddr=" + addrs[1],
			"-retentionPeriod=100y",
			"-search.latencyOffset=0s",
			"-loggerLevel=ERROR",
		}
		return command{args: append(args, flags...), ready: "http://" + addrs[0] + flagsPage}
	})
	return &VictoriaMetrics{Process: p, QueryURL: "http://" + p.addrs[0], PutURL: "http://" + p.addrs[1]}
}

// Samples returns what is stored under the PromQL selector match, such as
// {__name__="x"}, sorted by metric, tags and time.
func (v *VictoriaMetrics) Samples(t testing.TB, match string) []Sample {
	t.Helper()
	post(t, v.QueryURL+"/internal/force_flush", nil) // else a new point shows up only seconds later
	body := post(t, v.QueryURL+"/api/v1/export", url.Values{
		"match[]": {match},
		"start":   {"0"},
		"end":     {farFuture},
	})
	return samples(t, decodeExport(t, body))
}

func decodeExport(t testing.TB, body []byte) []series {
	t.Helper()
	var all []series
	lines := json.NewDecoder(bytes.NewReader(body))
	for {
		var line exportLine
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("realserver: export: %v in %q", err, quote(body))
		}
		all = append(all, line.series(t))
	}
}

// An exportLine is one line of an export: a series, or a part of one.
type exportLine struct {
	Metric     map[string]string
	Values     []json.Number
	Timestamps []json.Number // milliseconds
}

func (l exportLine) series(t testing.TB) series {
	t.Helper()
	if len(l.Values) != len(l.Timestamps) {
		t.Fatalf("realserver: %v has %d values and %d timestamps", l.Metric, len(l.Values), len(l.Timestamps))
	}
	s := series{metric: l.Metric["__name__"], tags: l.Metric}
	delete(s.tags, "__name__")
	for i, value := range l.Values {
		s.points = append(s.points, point{l.Timestamps[i], value})
	}
	return s
}
