package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"
)

// lastTag is the newest version of the root that this commit comes from, or "".
func (r *repository) lastTag() (newest string, err error) {
	tags, err := output(r.root, "git", "tag", "--list", "v[0-9]*", "--merged", "HEAD")
	for tag := range strings.FieldsSeq(tags) {
		if semver.IsValid(tag) && semver.Compare(tag, newest) > 0 {
			newest = tag
		}
	}
	return newest, err
}

// api shows what changed for those who import the packages. What breaks their
// programs has to be in the changelog.
func (r *repository) api() error {
	last, err := r.lastTag()
	if err != nil {
		return err
	}
	if last == "" {
		fmt.Println("no version is tagged yet: there is no API to compare with")
		return nil
	}
	breaks, err := r.changesSince(last)
	if err != nil || !breaks {
		return err
	}
	news, err := r.unreleased()
	if err != nil {
		return err
	}
	if !strings.Contains(news, "\n### Changed\n") && !strings.Contains(news, "\n### Removed\n") {
		return fmt.Errorf("programs written for %s will not build, and %s has neither Changed nor Removed under %s", last, changelogFile, unreleased)
	}
	return nil
}

// mayBreak says whether a version may be incompatible with the one before it.
func mayBreak(last, version string) bool {
	if semver.Major(last) == "v0" {
		return semver.MajorMinor(last) != semver.MajorMinor(version)
	}
	return semver.Major(last) != semver.Major(version)
}

// changesSince prints the differences of each library's API and says whether one
// of them is incompatible.
func (r *repository) changesSince(tag string) (breaks bool, err error) {
	folder, remove, err := scratch()
	if err != nil {
		return false, err
	}
	defer remove()
	before := filepath.Join(folder, "before")
	if _, err := output(r.root, "git", "clone", "--quiet", "--branch", tag, "--config", "advice.detachedHead=false", ".", before); err != nil {
		return false, err
	}
	old, err := openRepository(before)
	if err != nil {
		return false, err
	}
	for _, m := range r.published() {
		was := old.byPath(m.path())
		if m.isProgram || was == nil {
			continue
		}
		found, err := r.compare(old, was, m, folder)
		if err != nil {
			return false, err
		}
		breaks = breaks || found
	}
	return breaks, nil
}

func (r *repository) compare(old *repository, was, is *goModule, folder string) (breaks bool, err error) {
	tool := []string{"tool", "-modfile=" + filepath.Join(r.root, toolsModFile), "apidiff", "-m"}
	export := filepath.Join(folder, strings.ReplaceAll(is.dir, "/", "-")+".export")
	of := command{old.dir(was), []string{"GOWORK=off"}}
	if _, err := of.output("go", append(tool, "-w", export, was.path())...); err != nil {
		return false, err
	}
	of.dir = r.dir(is)
	changes, err := of.output("go", append(tool, export, is.path())...)
	if err != nil {
		return false, err
	}
	fmt.Printf("== API of %s\n%s", is.path(), changes)
	return strings.Contains(changes, "Incompatible changes:"), nil
}

// unreleased returns what the changelog has under that heading.
func (r *repository) unreleased() (string, error) {
	text, err := os.ReadFile(filepath.Join(r.root, changelogFile))
	if err != nil {
		return "", err
	}
	_, news, _ := strings.Cut(string(text), unreleased+"\n")
	news, _, _ = strings.Cut(news, "\n## ")
	news, _, _ = strings.Cut(news, "\n[Unreleased]: ")
	return news, nil
}
