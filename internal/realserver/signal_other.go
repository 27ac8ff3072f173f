//go:build !unix

package realserver

import "testing"

// Pause skips the test: this system cannot stop a process and continue it.
func (p *Process) Pause(t testing.TB) {
	t.Helper()
	t.Skip("realserver: no SIGSTOP on this system")
}

// Resume skips the test, as Pause does.
func (p *Process) Resume(t testing.TB) {
	t.Helper()
	t.Skip("realserver: no SIGCONT on this system")
}

// terminate cannot ask here: the caller kills.
func (p *Process) terminate() bool {
	return false
}
