package apptuit

import (
	"net"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// An agent gets what a store would, a line for each point, and no token is asked
// for.
func TestWithXCollector(t *testing.T) {
	agent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer agent.Close()
	e, err := New(env(nil), WithXCollector(agent.LocalAddr().String()), WithoutHostTag())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Shutdown(t.Context())
	if err := e.Export(t.Context(), oneMetric("m", gauge[int64](7, attribute.String("k", "v")))); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 9000)
	if err := agent.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, _, err := agent.ReadFrom(buf)
	if got := strings.TrimSpace(string(buf[:n])); err != nil || got != "m 1700000000 7 k=v" {
		t.Errorf("the agent got %q, %v", got, err)
	}
	if got := e.Stats(); got.Sent != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWithXCollectorAndHTTP(t *testing.T) {
	for name, opt := range map[string]Option{
		"WithEndpoint": WithEndpoint("https://store"),
		"WithToken":    WithToken("test-token"),
	} {
		_, err := New(env(nil), WithXCollector(""), opt)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s beside WithXCollector: %v", name, err)
		}
	}
	if _, err := New(env(nil), WithXCollector("nowhere")); err == nil || !strings.Contains(err.Error(), "WithXCollector") {
		t.Errorf("a bad address: %v", err)
	}
}
