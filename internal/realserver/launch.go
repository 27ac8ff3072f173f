package realserver

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	startAttempts = 3
	retryPause    = 50 * time.Millisecond
)

// A command is what starts a server, and how it says that it is ready.
type command struct {
	args  []string
	env   []string // in addition to HOME and TMPDIR: a server inherits no setting
	ready string   // URL whose answer names the server's own files
}

// launch starts binary on as many free addresses as asked for. What build returns
// has to keep a file of the server in home, so that it can be told from others.
func launch(t testing.TB, binary string, ports int, build func(home string, addrs []string) command) *Process {
	t.Helper()
	path := lookup(t, binary)
	home := t.TempDir()
	p := &Process{name: binary, path: path, home: home, log: filepath.Join(home, "log")}
	err := p.startWith(func() {
		p.addrs = FreeAddrs(t, ports)
		p.command = build(home, p.addrs)
	})
	if err != nil {
		t.Fatalf("realserver: %v", err)
	}
	t.Cleanup(func() { p.finish(t) })
	return p
}

// startWith starts the server after prepare, and again while a port is taken.
func (p *Process) startWith(prepare func()) error {
	for n := 1; ; n++ {
		prepare()
		err := p.start()
		if err == nil || n == startAttempts || !p.portTaken() {
			return err
		}
		time.Sleep(retryPause)
	}
}

// lookup finds binary in PATH.
func lookup(t testing.TB, binary string) string {
	t.Helper()
	path, err := exec.LookPath(binary)
	if err == nil {
		return path
	}
	const format = "realserver: %v; apt-get install -y victoria-metrics influxdb brings it"
	if os.Getenv("CI") != "" {
		t.Fatalf(format, err)
	}
	t.Skipf(format, err)
	return ""
}

// FreeAddrs returns n different loopback addresses on which nobody listens. Until
// the server does, another program may take one: startWith and isReady see that.
func FreeAddrs(t testing.TB, n int) []string {
	t.Helper()
	var addrs []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("realserver: %v", err)
		}
		defer l.Close() // at the end, so that no port comes twice
		addrs = append(addrs, l.Addr().String())
	}
	return addrs
}
