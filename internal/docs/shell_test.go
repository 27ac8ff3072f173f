//go:build unix

package docs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runElsewhere are the commands of shell blocks that this test does not run, by
// how their line begins, and what runs them.
var runElsewhere = map[string]string{
	"make ":           "a make target runs this test, and CI runs the targets",
	"apt-get install": ".ci/run installs what the tests need",
	"go get ":         "make rehearse runs it with the tags of a release",
}

// Every shell block of every page runs as pasted into a shell at the root of a
// clone, and ends well. What it leaves running is stopped.
func TestShellBlocksRun(t *testing.T) {
	skipUnlessNative(t)
	bin := t.TempDir()
	ran := 0
	for _, b := range blocks(t, "sh") {
		text := withoutElsewhere(b.text)
		if text == "" {
			continue
		}
		ran++
		t.Run(b.String(), func(t *testing.T) { run(t, text, bin) })
	}
	if ran == 0 {
		t.Error("no shell block was found")
	}
}

func withoutElsewhere(text string) string {
	var kept strings.Builder
lines:
	for line := range strings.Lines(text) {
		for begin := range runElsewhere {
			if strings.HasPrefix(line, begin) {
				continue lines
			}
		}
		kept.WriteString(line)
	}
	return strings.TrimSpace(kept.String())
}

func run(t *testing.T, text, bin string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", text)
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, &said, &said
	cmd.Env = append(os.Environ(), "GOWORK=", "GOBIN="+bin, "PATH="+bin+":"+os.Getenv("PATH"), "TMPDIR="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second // a server that was left running holds the pipe
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err = cmd.Run()
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Errorf("%v\n%s\n%s", err, text, said.String())
	}
}
