package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// commandDir is the module of the command whose binaries are published.
const commandDir = "cmd/apptuit"

// dist writes the binary of each target, like linux/amd64, to a folder. They are
// what go install makes of the tags, so they name versions, not where this checkout
// is, and are the same from any checkout of the same files.
func (r *repository) dist(to string, targets []string) error {
	return served(r, func(h *rehearsal) error {
		for _, target := range targets {
			if err := h.binary(to, target); err != nil {
				return err
			}
		}
		return nil
	})
}

// binary installs the command for a target. The go command chooses the folder by
// the target, and refuses to be told one.
func (h *rehearsal) binary(to, target string) error {
	system, arch, found := strings.Cut(target, "/")
	if !found {
		return fmt.Errorf("dist: target %q is not like linux/amd64", target)
	}
	path := filepath.Join(h.folder, "dist", flat(target))
	user := command{h.folder, append(slices.Clone(h.user), "GOBIN=", "GOPATH="+path, "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)}
	if _, err := user.output("go", "install", "-ldflags=-s -w", h.modules[0].path()+"/"+commandDir+"@"+h.version); err != nil {
		return err
	}
	name := filepath.Base(commandDir)
	own, _ := filepath.Glob(filepath.Join(path, "bin", name+"*"))
	others, _ := filepath.Glob(filepath.Join(path, "bin", "*", name+"*"))
	built := append(own, others...)
	if len(built) != 1 {
		return fmt.Errorf("dist: %s made %d binaries, want one", target, len(built))
	}
	file := fmt.Sprintf("%s_%s_%s_%s%s", name, strings.TrimPrefix(h.version, "v"), system, arch, filepath.Ext(built[0]))
	fmt.Printf("== dist: %s\n", file)
	return leave(built[0], to, file)
}

// leave copies a program to a folder, which is made where there is none.
func leave(program, to, name string) error {
	text, err := os.ReadFile(program)
	if err == nil {
		err = os.MkdirAll(to, 0o755)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, name), text, 0o755)
}
