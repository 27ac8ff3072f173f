//go:build unix

package realserver

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Pause stops the server with SIGSTOP: its ports still accept connections, and
// nothing answers; what arrives meanwhile can still be stored after Resume. It
// returns when every thread of the server stands still.
func (p *Process) Pause(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGSTOP)
	for end := time.Now().Add(stopLimit); !paused(p.PID()); {
		if time.Now().After(end) {
			t.Fatalf("realserver: %s (pid %d) runs on after SIGSTOP", p.name, p.PID())
		}
		time.Sleep(time.Millisecond)
	}
}

// Resume continues a paused server with SIGCONT.
func (p *Process) Resume(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGCONT)
}

func (p *Process) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("realserver: %v to %s (pid %d): %v", s, p.name, p.PID(), err)
	}
}

// terminate asks the server to end; a paused one has to be continued to hear it.
func (p *Process) terminate() bool {
	return p.cmd.Process.Signal(syscall.SIGTERM) == nil &&
		p.cmd.Process.Signal(syscall.SIGCONT) == nil
}

// paused tells whether no thread of pid runs, as /proc has it; where there is no
// /proc the signal's delivery has to do.
func paused(pid int) bool {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid)) // the pattern is well formed
	for _, stat := range stats {
		b, err := os.ReadFile(stat)
		if err != nil {
			continue // the thread has ended
		}
		// The state follows the name, which is in parentheses and may hold some.
		if state := b[bytes.LastIndexByte(b, ')')+1:]; !bytes.HasPrefix(state, []byte(" T")) {
			return false
		}
	}
	return true
}
