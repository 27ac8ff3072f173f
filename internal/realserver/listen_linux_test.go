package realserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	vm := StartVictoriaMetrics(t)
	for _, p := range []*Process{
		vm.Process,
		StartVMAuth(t, "token", vm).Process,
		StartVMAgent(t, vm).Process,
		StartInfluxDB(t).Process,
	} {
		found := listeners(t, p.PID())
		if len(found) != len(p.addrs) {
			t.Errorf("%s listens on %v, want just %v", p.name, found, p.addrs)
		}
		for _, addr := range found {
			if !strings.HasPrefix(addr, "0100007F:") {
				t.Errorf("%s listens on %s, want 127.0.0.1 only", p.name, addr)
			}
		}
	}
}

// listeners returns the addresses of pid's listening TCP and of all its UDP
// sockets, in the kernel's hexadecimal.
func listeners(t *testing.T, pid int) []string {
	t.Helper()
	owned := sockets(t, pid)
	var found []string
	for table, state := range map[string]string{"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue // a kernel without IPv6
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			if f[3] == state && owned["socket:["+f[9]+"]"] {
				found = append(found, f[1])
			}
		}
	}
	return found
}

// sockets returns the sockets pid has open, by the names of its file descriptors.
func sockets(t *testing.T, pid int) map[string]bool {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(links) == 0 {
		t.Fatalf("no file descriptors of %d: %v", pid, err)
	}
	owned := make(map[string]bool)
	for _, link := range links {
		if name, err := os.Readlink(link); err == nil {
			owned[name] = true
		}
	}
	return owned
}
