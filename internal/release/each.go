package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// toolsModFile names the linters and other tools.
const toolsModFile = "internal/tools/go.mod"

// environment is that of a go command that sees the module as its user gets it:
// by itself, for go.work would lend it the requirements of the others.
func (r *repository) environment(m *goModule, folder string) ([]string, error) {
	env := []string{"GOWORK=off"}
	if !m.isProgram {
		return env, nil
	}
	modFile, err := r.standIn(m, folder)
	return append(env, goFlags("-modfile="+modFile)), err
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
		fmt.Printf("== %s: %s\n", brief(args), m.dir)
		if err := (command{r.dir(m), env}).run(args[0], args[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// brief is a command without the paths that lead to it.
func brief(args []string) string {
	var words []string
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-modfile=") {
			words = append(words, filepath.Base(arg))
		}
	}
	return strings.Join(words, " ")
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
		env, err := r.environment(m, folder)
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
