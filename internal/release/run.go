package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// A command runs in a folder, with variables beside those of the process.
type command struct {
	dir string
	env []string
}

// run shows what the program says as it comes.
func (c command) run(name string, args ...string) error {
	cmd := c.prepare(name, args)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s in %s: %w", shown(name, args), c.dir, err)
	}
	return nil
}

// output returns what the program says, and all of it in the error.
func (c command) output(name string, args ...string) (string, error) {
	var out bytes.Buffer
	var all transcript
	cmd := c.prepare(name, args)
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, &all), &all
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s in %s: %w\n%s", shown(name, args), c.dir, err, all.text.String())
	}
	return out.String(), nil
}

func (c command) prepare(name string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), c.env...)
	return cmd
}

// A transcript takes what a program says by two ways at once.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func output(dir, name string, args ...string) (string, error) {
	return command{dir: dir}.output(name, args...)
}

func shown(name string, args []string) string { return name + " " + strings.Join(args, " ") }

// goFlags is GOFLAGS with more of them.
func goFlags(more ...string) string {
	return "GOFLAGS=" + strings.TrimSpace(os.Getenv("GOFLAGS")+" "+strings.Join(more, " "))
}

// scratch makes a folder and what removes it.
func scratch() (folder string, remove func(), err error) {
	folder, err = os.MkdirTemp("", "apptuit-release-")
	return folder, func() { os.RemoveAll(folder) }, err
}
