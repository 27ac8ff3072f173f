package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// The one place of the version, and the changelog.
const (
	versionFile   = "internal/wire/version.go"
	changelogFile = "CHANGELOG.md"
	unreleased    = "## [Unreleased]"
)

var (
	versionLine = regexp.MustCompile(`(?m)^const Version = "([^"]+)"$`)
	heading     = regexp.MustCompile(`(?m)^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?$`)
	sectionLine = regexp.MustCompile(`(?m)^### (.*)$`)
)

// sections are what keepachangelog allows below a version.
var sections = []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

// version is what version.go says, with a v.
func (r *repository) version() (string, error) {
	text, err := os.ReadFile(filepath.Join(r.root, versionFile))
	if err != nil {
		return "", err
	}
	found := versionLine.FindSubmatch(text)
	if found == nil || !semver.IsValid("v"+string(found[1])) {
		return "", fmt.Errorf("%s has no line like: const Version = \"1.2.3\"", versionFile)
	}
	return "v" + string(found[1]), nil
}

// A checker looks for what keeps a repository from being released.
type checker struct{ *repository }

// check returns everything that does not agree.
func (r checker) check() error {
	version, err := r.version()
	if err != nil {
		return err
	}
	faults := r.checkWorkspace(version)
	faults = append(faults, r.checkChangelog(version), r.checkBuilder(version))
	for _, m := range r.modules {
		faults = append(faults, r.checkModule(m, version)...)
	}
	return errors.Join(faults...)
}

func (r checker) checkModule(m *goModule, version string) (faults []error) {
	wrong := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf(m.dir+"/go.mod: "+format, args...))
	}
	if want := strings.TrimSuffix(r.modules[0].path()+"/"+m.dir, "/."); m.path() != want {
		wrong("the module is %s, its folder asks for %s", m.path(), want)
	}
	if want := r.modules[0].file.Go.Version; m.file.Go == nil || m.file.Go.Version != want {
		wrong("the go line is not that of the root, %s", want)
	}
	for _, sibling := range r.siblings(m) {
		if sibling.Version != version {
			wrong("requires %s at %s, and this is %s", sibling.Path, sibling.Version, version)
		}
		if !m.isProgram && !r.replaced(m, sibling.Path) {
			wrong("has no line: replace %s => %s", sibling.Path, r.relative(m, sibling.Path))
		}
	}
	if m.isProgram && len(m.file.Replace) > 0 {
		wrong(`is a program's, which "go install" refuses with a replace line; go.work serves the checkout`)
	}
	for _, replaced := range m.file.Replace {
		if r.byPath(replaced.Old.Path) == nil || !r.replaced(m, replaced.Old.Path) {
			wrong("replaces %s by %s, which its users would not get", replaced.Old.Path, replaced.New.Path)
		}
	}
	return faults
}

// replaced says whether a module takes a sibling from its folder.
func (r checker) replaced(m *goModule, path string) bool {
	return slices.ContainsFunc(m.file.Replace, func(line *modfile.Replace) bool {
		return line.Old.Path == path && filepath.Clean(line.New.Path) == filepath.Clean(r.relative(m, path)) && line.Old.Version == ""
	})
}

func (r checker) relative(m *goModule, path string) string {
	to, err := filepath.Rel(m.dir, r.byPath(path).dir)
	if err != nil {
		return err.Error()
	}
	return filepath.ToSlash(to)
}

// checkWorkspace looks for each module that has code in go.work, and for no other,
// and for each version that one requires of another.
func (r checker) checkWorkspace(version string) (faults []error) {
	work, err := r.workspace()
	if err != nil {
		return []error{err}
	}
	used := map[string]bool{}
	for _, line := range work.Use {
		used[filepath.ToSlash(filepath.Clean(line.Path))] = true
	}
	for _, m := range r.modules {
		if m.hasCode != used[m.dir] {
			faults = append(faults, fmt.Errorf("go.work: %s is used: %t, has code: %t", m.dir, used[m.dir], m.hasCode))
		}
		delete(used, m.dir)
		for _, sibling := range r.siblings(m) {
			if !replaces(work, sibling.Path, version) {
				faults = append(faults, fmt.Errorf("go.work has no line: replace %s %s => ./%s", sibling.Path, version, r.byPath(sibling.Path).dir))
			}
		}
	}
	for dir := range used {
		faults = append(faults, fmt.Errorf("go.work uses %s, which is no module", dir))
	}
	return faults
}

func (r *repository) workspace() (*modfile.WorkFile, error) {
	path := filepath.Join(r.root, "go.work")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return modfile.ParseWork(path, text, nil)
}

func replaces(work *modfile.WorkFile, path, version string) bool {
	return slices.ContainsFunc(work.Replace, func(line *modfile.Replace) bool {
		return line.Old.Path == path && line.Old.Version == version
	})
}

// checkChangelog wants the form of keepachangelog: what is unreleased first, then
// each version with its day, the newest being this one.
func (r checker) checkChangelog(version string) error {
	text, err := os.ReadFile(filepath.Join(r.root, changelogFile))
	if err != nil {
		return err
	}
	found := heading.FindAllStringSubmatch(string(text), -1)
	if strings.Count(string(text), "\n## ") != len(found) {
		return fmt.Errorf("%s: a heading of level 2 is neither %q nor like: ## [1.2.3] - 2026-11-27", changelogFile, unreleased)
	}
	if len(found) == 0 || found[0][0] != unreleased {
		return fmt.Errorf("%s: the first heading is not %q", changelogFile, unreleased)
	}
	if len(found) > 1 && "v"+found[1][1] != version {
		return fmt.Errorf("%s: the newest version is %s, and this is %s", changelogFile, found[1][1], version)
	}
	for i, h := range found[1:] {
		if h[2] == "" {
			return fmt.Errorf("%s: version %s has no day", changelogFile, h[1])
		}
		if i > 0 && semver.Compare("v"+h[1], "v"+found[i][1]) >= 0 {
			return fmt.Errorf("%s: version %s stands below %s", changelogFile, h[1], found[i][1])
		}
	}
	for _, section := range sectionLine.FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(sections, section[1]) {
			return fmt.Errorf("%s: %q is none of %q", changelogFile, section[1], sections)
		}
	}
	return nil
}
