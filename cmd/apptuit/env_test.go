package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/internal/realserver"
)

// A plain VictoriaMetrics needs its name and its endpoints, and no token.
func TestVictoriaMetricsWithoutAToken(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	s := newShell(t, vm.PutURL)
	delete(s.env, "APPTUIT_API_TOKEN")
	wantFailure(t, s.run("promql", "up"), exitFailure, "no token", "APPTUIT_STORE")
	s.env["APPTUIT_STORE"], s.env["APPTUIT_QUERY_ENDPOINT"] = "victoriametrics", vm.QueryURL
	s.mustRun("send", "node_cpu", "12", "host=a")
	vm.Samples(t, `{__name__="node_cpu"}`) // makes it visible
	if out := s.mustRun("promql", "node_cpu", "--start=-1m"); !strings.Contains(out, "12") {
		t.Errorf("read back %q", out)
	}
	s.env["APPTUIT_STORE"] = "victoria"
	wantFailure(t, s.run("send", "node_cpu", "12", "host=a"), exitFailure, "APPTUIT_STORE", "use apptuit, victoriametrics, influxdb or opentsdb")
}

func TestTokenFile(t *testing.T) {
	s, srv := newStore(t)
	delete(s.env, "APPTUIT_API_TOKEN")
	s.env["APPTUIT_API_TOKEN_FILE"] = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(s.env["APPTUIT_API_TOKEN_FILE"], []byte(s.token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.mustRun("send", "a", "1", "k=v")
	if srv.Stored() != 1 {
		t.Errorf("stored %d", srv.Stored())
	}
}

// The command keeps to what a stock OpenTSDB takes.
func TestOpenTSDB(t *testing.T) {
	srv := apptuittest.NewServer(apptuittest.WithOpenTSDB())
	t.Cleanup(srv.Close)
	s := newShell(t, srv.URL)
	s.env["APPTUIT_STORE"] = "opentsdb"
	lines := strings.Repeat("a 1 k=v\n", 3000)
	if d := s.pipe(lines, "send"); d.status != exitOK {
		t.Errorf("%+v", d)
	}
	for _, r := range srv.Requests() {
		if r.Status != 200 || !strings.HasPrefix(r.Query, "details&sync") {
			t.Errorf("%d %s", r.Status, r.Query)
		}
	}
}
