package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// A writer writes a version into a repository.
type writer struct{ *repository }

// release writes a version where it stands and names the tags. It does so in a
// clone first and rehearses that; the checkout changes only when all went well.
func (r writer) release(version string) error {
	last, err := r.mayRelease(version)
	if err != nil {
		return err
	}
	folder, remove, err := scratch()
	if err != nil {
		return err
	}
	defer remove()
	next := filepath.Join(folder, "next")
	if _, err := output(r.root, "git", "clone", "--quiet", ".", next); err != nil {
		return err
	}
	if err := tryRelease(next, version, last); err != nil {
		return fmt.Errorf("%w\nnothing was changed", err)
	}
	if err := r.write(version, time.Now()); err != nil {
		return err
	}
	r.say(version)
	return nil
}

// mayRelease returns the version before, and why this one cannot follow it.
func (r writer) mayRelease(version string) (last string, err error) {
	if !semver.IsValid(version) || semver.Canonical(version) != version {
		return "", fmt.Errorf("version %q is not like v1.2.3", version)
	}
	changed, err := output(r.root, "git", "status", "--porcelain")
	if err != nil {
		return "", err
	}
	if changed != "" {
		return "", fmt.Errorf("the checkout has changes that are not committed:\n%s", changed)
	}
	if last, err = r.lastTag(); err != nil {
		return "", err
	}
	if last != "" && semver.Compare(version, last) <= 0 {
		return "", fmt.Errorf("%s does not come after %s", version, last)
	}
	for _, m := range r.published() {
		if known, err := output(r.root, "git", "tag", "--list", m.tag(version)); err != nil || known != "" {
			return "", fmt.Errorf("the tag %s exists: %v", m.tag(version), err)
		}
	}
	news, err := r.unreleased()
	if err == nil && strings.TrimSpace(news) == "" {
		err = fmt.Errorf("%s has nothing under %q", changelogFile, unreleased)
	}
	return last, err
}

// tryRelease does in a clone what is then done in the checkout, and checks it.
func tryRelease(clone, version, last string) error {
	next, err := openRepository(clone)
	if err != nil {
		return err
	}
	if last != "" {
		breaks, err := next.changesSince(last)
		if err != nil {
			return err
		}
		if breaks && !mayBreak(last, version) {
			return fmt.Errorf("%s breaks programs that were written for %s: its number does not say so", version, last)
		}
	}
	if err := (writer{next}).write(version, time.Now()); err != nil {
		return err
	}
	if next, err = openRepository(clone); err != nil {
		return err
	}
	for _, step := range []func() error{checker{next}.check, func() error { return next.tidy(false) }, next.rehearse} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// write puts a version where it stands: in version.go, in the requirements of the
// modules on each other, in go.work, for the Collector's builder and in the changelog.
func (r writer) write(version string, now time.Time) error {
	number := strings.TrimPrefix(version, "v")
	err := rewrite(filepath.Join(r.root, versionFile), func(text string) string {
		return versionLine.ReplaceAllString(text, `const Version = "`+number+`"`)
	})
	if err != nil {
		return err
	}
	for _, m := range r.modules {
		if err := r.require(m, version); err != nil {
			return err
		}
	}
	if err := r.replaceAt(version); err != nil {
		return err
	}
	if err := writeBuilder(r.repository, version); err != nil {
		return err
	}
	return rewrite(filepath.Join(r.root, changelogFile), func(text string) string {
		return r.dated(text, number, now.UTC().Format(time.DateOnly))
	})
}

func (r writer) require(m *goModule, version string) error {
	siblings := r.siblings(m)
	for _, sibling := range siblings {
		if err := m.file.AddRequire(sibling.Path, version); err != nil {
			return err
		}
	}
	if len(siblings) == 0 {
		return nil
	}
	return writeFormatted(filepath.Join(r.dir(m), "go.mod"), m.file)
}

// replaceAt gives the lines of go.work for our modules a version.
func (r writer) replaceAt(version string) error {
	work, err := r.workspace()
	if err != nil {
		return err
	}
	for _, line := range work.Replace {
		at := slices.Index(line.Syntax.Token, line.Old.Version)
		if r.byPath(line.Old.Path) != nil && at >= 0 {
			line.Syntax.Token[at] = version
		}
	}
	return os.WriteFile(filepath.Join(r.root, "go.work"), modfile.Format(work.Syntax), 0o644)
}

var unreleasedLink = regexp.MustCompile(`(?m)^\[Unreleased\]: .*$`)

// dated gives what is unreleased a version and a day.
func (r writer) dated(text, number, day string) string {
	address := "https://" + r.modules[0].path()
	text = strings.Replace(text, unreleased+"\n", unreleased+"\n\n## ["+number+"] - "+day+"\n", 1)
	return unreleasedLink.ReplaceAllLiteralString(text,
		"[Unreleased]: "+address+"/compare/v"+number+"...HEAD\n["+number+"]: "+address+"/releases/tag/v"+number)
}

func rewrite(path string, change func(string) string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(change(string(text))), 0o644)
}

// say names what is left to do by hand.
func (r writer) say(version string) {
	fmt.Printf("\n%s is written. Look at it, then:\n\n    git commit --all --message %q\n", version, "Version "+version)
	var tags []string
	for _, m := range r.published() {
		tags = append(tags, m.tag(version))
	}
	for _, tag := range tags {
		fmt.Printf("    git tag %s\n", tag)
	}
	fmt.Printf("    git push origin HEAD %s\n", strings.Join(tags, " "))
}
