package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// environment is that of a go command that sees the module as its user gets it:
// by itself, for the go.work of the checkout would lend it the requirements of the
// others. A program has no replace lines, so it gets a go.work of its own, which
// takes its siblings from the checkout.
func (r *repository) environment(m *goModule, folder string) ([]string, error) {
	if !m.isProgram {
		return []string{"GOWORK=off"}, nil
	}
	work := filepath.Join(folder, flat(m.dir), "go.work")
	file := new(modfile.WorkFile)
	file.Syntax = new(modfile.FileSyntax)
	if err := errors.Join(file.AddGoStmt(m.file.Go.Version), file.AddUse(r.dir(m), "")); err != nil {
		return nil, err
	}
	for _, other := range r.modules {
		if other == m {
			continue
		}
		if err := file.AddReplace(other.path(), "", r.dir(other), ""); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(filepath.Dir(work), 0o755); err != nil {
		return nil, err
	}
	return []string{"GOWORK=" + work}, os.WriteFile(work, modfile.Format(file.Syntax), 0o644)
}

// each runs a command in each module that has code.
func (r *repository) each(modules []*goModule, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("each: say which command to run")
	}
	folder, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove()
	for _, m := range modules {
		if !m.hasCode {
			continue
		}
		env, err := r.environment(m, folder)
		if err != nil {
			return err
		}
		fmt.Printf("== %s: %s\n", filepath.Base(args[0])+" "+strings.Join(args[1:], " "), m.dir)
		if err := (command{r.dir(m), env}).run(args[0], args[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// tidy compares each go.mod and go.sum with what go mod tidy makes of them, or
// writes that.
func (r *repository) tidy(write bool) error {
	folder, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove()
	args := []string{"mod", "tidy", "-diff"}
	if write {
		args = args[:2]
	}
	for _, m := range r.modules {
		env, err := r.tidyEnvironment(m, folder)
		if err != nil {
			return err
		}
		fmt.Printf("== go mod tidy: %s\n", m.dir)
		if err := (command{r.dir(m), env}).run("go", args...); err != nil {
			return err
		}
		if write && m.isProgram {
			if err := r.takeBack(m, folder); err != nil {
				return err
			}
		}
	}
	return nil
}

// tidyEnvironment is that of go mod tidy, which heeds no go.work: a go.mod stands
// in for that of a program.
func (r *repository) tidyEnvironment(m *goModule, folder string) ([]string, error) {
	env := []string{"GOWORK=off"}
	if !m.isProgram {
		return env, nil
	}
	modFile, err := r.standIn(m, folder)
	return append(env, goFlags("-modfile="+modFile)), err
}

// takeBack writes a go.mod that stood in back to its module.
func (r *repository) takeBack(m *goModule, folder string) error {
	modFile := r.standInPath(m, folder)
	text, err := os.ReadFile(modFile)
	if err != nil {
		return err
	}
	file, err := parseMod(modFile, text)
	if err != nil {
		return err
	}
	for _, replaced := range file.Replace {
		if err := file.DropReplace(replaced.Old.Path, replaced.Old.Version); err != nil {
			return err
		}
	}
	if err := writeFormatted(filepath.Join(r.dir(m), "go.mod"), file); err != nil {
		return err
	}
	return copyFile(filepath.Join(r.dir(m), "go.sum"), sumOf(modFile))
}
