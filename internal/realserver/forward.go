package realserver

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// A VMAuth is a running vmauth: one base URL with a bearer token for puts and for
// PromQL, as Apptuit has it. With its VictoriaMetrics killed it answers 502.
type VMAuth struct {
	*Process
	URL string // takes /api/put and /prometheus/...
}

// StartVMAuth starts vmauth in front of vm, for the one token.
func StartVMAuth(t testing.TB, token string, vm *VictoriaMetrics) *VMAuth {
	t.Helper()
	routes := authConfig(t, token, vm)
	p := launch(t, "vmauth", 1, func(home string, addrs []string) command {
		config := filepath.Join(home, "auth.yml")
		if err := os.WriteFile(config, routes, 0o600); err != nil {
			t.Fatalf("realserver: %v", err)
		}
		args := []string{"-auth.config=" + config, "-httpListenAddr=" + addrs[0], "-loggerLevel=ERROR"}
		return command{args: args, ready: "http://" + addrs[0] + flagsPage}
	})
	return &VMAuth{Process: p, URL: "http://" + p.addrs[0]}
}

// authConfig returns vmauth's configuration: JSON, which YAML includes, so that
// any token is quoted right.
func authConfig(t testing.TB, token string, vm *VictoriaMetrics) []byte {
	t.Helper()
	type route struct {
		Paths  []string `json:"src_paths"`
		Prefix string   `json:"url_prefix"`
	}
	type user struct {
		Token  string  `json:"bearer_token"`
		Routes []route `json:"url_map"`
	}
	b, err := json.Marshal(map[string][]user{"users": {{token, []route{
		{[]string{"/api/put"}, vm.PutURL},
		{[]string{"/prometheus/.*"}, vm.QueryURL},
	}}}})
	if err != nil {
		t.Fatalf("realserver: %v", err)
	}
	return b
}

// A VMAgent is a running vmagent: it acknowledges a put, keeps it on disk, and
// forwards it to its VictoriaMetrics a moment later.
type VMAgent struct {
	*Process
	PutURL string // "/api/put" goes behind it
}

// StartVMAgent starts vmagent in front of vm.
func StartVMAgent(t testing.TB, vm *VictoriaMetrics) *VMAgent {
	t.Helper()
	p := launch(t, "vmagent", 2, func(home string, addrs []string) command {
		args := []string{
			"-remoteWrite.url=" + vm.QueryURL + "/api/v1/write",
			"-remoteWrite.tmpDataPath=" + filepath.Join(home, "queue"),
			"-remoteWrite.flushInterval=50ms", // a test waits for it
			"-httpListenAddr=" + addrs[0],
			"-opentsdbHTTPListenAddr=" + addrs[1],
			"-loggerLevel=ERROR",
		}
		return command{args: args, ready: "http://" + addrs[0] + flagsPage}
	})
	return &VMAgent{Process: p, PutURL: "http://" + p.addrs[1]}
}
