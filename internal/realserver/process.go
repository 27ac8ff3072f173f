package realserver

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	stopLimit    = 5 * time.Second
	tailSize     = 4 << 10
	textAddrUsed = "address already in use"
)

// A Process is a server's process. One goroutine at a time may use it.
type Process struct {
	command
	name  string
	path  string   // of the binary
	home  string   // directory of its files, its own alone
	log   string   // file with the output of the latest run
	addrs []string // on which it listens

	cmd  *exec.Cmd     // the latest run
	done chan struct{} // closed when that run has ended
}

// PID returns the id of the latest run, which may have ended.
func (p *Process) PID() int {
	return p.cmd.Process.Pid
}

// Kill ends the server with SIGKILL and waits until it is gone. A server that is
// gone already stays so.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	if err := p.kill(); err != nil {
		t.Fatalf("realserver: %v", err)
	}
}

// Restart starts the server again with the same command line, ports and data, and
// waits until it is ready. A server that still runs is first asked to stop, so
// that it saves what it holds in memory.
func (p *Process) Restart(t testing.TB) {
	t.Helper()
	if err := p.stop(); err != nil {
		t.Fatalf("realserver: %v", err)
	}
	if err := p.startWith(func() {}); err != nil {
		t.Fatalf("realserver: restart: %v", err)
	}
}

// start runs the command and waits until it is ready. After an error nothing runs.
func (p *Process) start() error {
	out, err := os.Create(p.log)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(p.path, p.args...)
	cmd.Env = append([]string{"HOME=" + p.home, "TMPDIR=" + p.home}, p.env...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the state it leaves in cmd says the same
		close(done)
	}()
	p.cmd, p.done = cmd, done
	return p.waitReady()
}

// stop asks the server to end, and kills it where it does not.
func (p *Process) stop() error {
	if !p.terminate() {
		return p.kill()
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(stopLimit):
		return p.kill()
	}
}

// kill ends the server, paused or not.
func (p *Process) kill() error {
	_ = p.cmd.Process.Kill() // the one error left is that it is gone
	select {
	case <-p.done:
		return nil
	case <-time.After(stopLimit):
		return fmt.Errorf("%s (pid %d) outlives SIGKILL", p.name, p.PID())
	}
}

// finish is the cleanup: stored data is not needed any more, so it kills.
func (p *Process) finish(t testing.TB) {
	if err := p.kill(); err != nil {
		t.Errorf("realserver: %v", err)
	}
	if t.Failed() {
		t.Logf("the end of what %s said:\n%s", p.name, p.tail())
	}
}

// portTaken tells whether the latest run found a port in use.
func (p *Process) portTaken() bool {
	return strings.Contains(p.tail(), textAddrUsed)
}

// tail returns the end of the latest run's output.
func (p *Process) tail() string {
	f, err := os.Open(p.log)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	_, _ = f.Seek(-tailSize, io.SeekEnd) // fails on a short file, which is read whole
	b, err := io.ReadAll(io.LimitReader(f, tailSize))
	if err != nil {
		return err.Error()
	}
	return string(b)
}
