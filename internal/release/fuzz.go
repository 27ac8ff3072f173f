package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)

// fuzz runs each target of each module for a time. A finding stops its target
// alone; the corpus is kept where the go command keeps it, in GOCACHE.
func (r *repository) fuzz(each string) error {
	if _, err := time.ParseDuration(each); err != nil {
		return fmt.Errorf("fuzz: the time of each target is not like 5m: %w", err)
	}
	folder, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove()
	var findings []error
	for _, m := range r.modules {
		env, err := r.environment(m, folder)
		if err != nil {
			return err
		}
		targets, err := r.targets(m)
		if err != nil {
			return err
		}
		for _, t := range targets {
			fmt.Printf("== fuzz: %s %s\n", path.Join(m.dir, t.dir), t.name)
			findings = append(findings, command{r.dir(m), env}.run("go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+each, "./"+t.dir))
		}
	}
	return errors.Join(findings...)
}

type target struct{ dir, name string }

// targets finds the fuzz targets of a module; those of modules below it are
// theirs.
func (r *repository) targets(m *goModule) (found []target, err error) {
	files, err := output(r.dir(m), "git", "ls-files", "--cached", "--others", "--exclude-standard", "*_test.go")
	if err != nil {
		return nil, err
	}
	for file := range strings.FieldsSeq(files) {
		if r.owner(path.Join(m.dir, file)) != m {
			continue
		}
		text, err := os.ReadFile(filepath.Join(r.dir(m), file))
		if err != nil {
			return nil, err
		}
		for _, name := range fuzzTarget.FindAllStringSubmatch(string(text), -1) {
			found = append(found, target{path.Dir(file), name[1]})
		}
	}
	return found, nil
}

// owner is the module of a file: the one whose folder is the nearest above it.
func (r *repository) owner(file string) (nearest *goModule) {
	nearest = r.modules[0]
	for _, m := range r.modules[1:] {
		if strings.HasPrefix(file, m.dir+"/") && len(m.dir) >= len(nearest.dir) {
			nearest = m
		}
	}
	return nearest
}
