package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// A rehearsal is a bare clone with the tags of a version, what the go command
// makes of them, and a user who has nothing else.
type rehearsal struct {
	*repository
	version string
	folder  string
	user    []string // the environment of the go command of a user
}

// rehearsal returns one of the present version, and what removes its folder.
func (r *repository) rehearsal() (h *rehearsal, remove func(), err error) {
	version, err := r.version()
	if err != nil {
		return nil, nil, err
	}
	folder, remove, err := scratch()
	return &rehearsal{repository: r, version: version, folder: folder}, remove, err
}

// served has do work with a rehearsal whose tags a proxy serves.
func served(r *repository, do func(*rehearsal) error) error {
	h, remove, err := r.rehearsal()
	if err != nil {
		return err
	}
	defer remove()
	for _, step := range []func() error{h.tag, h.serve} {
		if err := step(); err != nil {
			return err
		}
	}
	return do(h)
}

// rehearse does what users do with a release. What is not committed yet is
// rehearsed too.
func (r *repository) rehearse() error {
	h, remove, err := r.rehearsal()
	if err != nil {
		return err
	}
	defer remove()
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"a bare clone with the tags of " + h.version, h.tag},
		{"a proxy that serves them", h.serve},
		{"go get of each library", h.libraries},
		{"go install and go run of each program", h.programs},
		{"a Collector by its builder, with the example of its README", h.collector},
	} {
		began := time.Now()
		fmt.Printf("== rehearse: %s\n", step.what)
		if err := step.do(); err != nil {
			return fmt.Errorf("the rehearsal of %s: %w", h.version, err)
		}
		fmt.Printf("   %.1f s\n", time.Since(began).Seconds())
	}
	return nil
}

func (h *rehearsal) bare() string { return filepath.Join(h.folder, "origin.git") }

// tag clones the repository, commits what the checkout holds, and tags that. The
// checkout, its index and its tags stay as they are.
func (h *rehearsal) tag() error {
	if _, err := output(h.root, "git", "clone", "--quiet", "--bare", "--no-tags", ".", h.bare()); err != nil {
		return err
	}
	git := command{h.root, []string{
		"GIT_DIR=" + h.bare(), "GIT_WORK_TREE=" + h.root, "GIT_INDEX_FILE=" + filepath.Join(h.folder, "index"),
		"GIT_AUTHOR_NAME=rehearsal", "GIT_AUTHOR_EMAIL=rehearsal@localhost",
		"GIT_COMMITTER_NAME=rehearsal", "GIT_COMMITTER_EMAIL=rehearsal@localhost",
	}}
	if _, err := git.output("git", "add", "--all", "."); err != nil {
		return err
	}
	tree, err := git.output("git", "write-tree")
	if err != nil {
		return err
	}
	commit, err := git.output("git", "commit-tree", "-p", "HEAD", "-m", h.version, strings.TrimSpace(tree))
	if err != nil {
		return err
	}
	for _, m := range h.published() {
		if _, err := git.output("git", "tag", m.tag(h.version), strings.TrimSpace(commit)); err != nil {
			return err
		}
	}
	return nil
}

// serve lets the go command fetch each tag from the clone, under the address that
// users have. Its cache of downloads is a proxy for all that follows.
func (h *rehearsal) serve() error {
	downloads := filepath.Join(h.folder, "downloads")
	direct := command{h.folder, []string{
		"GOWORK=off", "GOPROXY=direct", "GONOSUMDB=" + h.modules[0].path() + "*", "GOMODCACHE=" + downloads, goFlags("-modcacherw"),
		"GOVCS=*:git", "GIT_ALLOW_PROTOCOL=file", "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url." + h.bare() + ".insteadOf", "GIT_CONFIG_VALUE_0=https://" + h.modules[0].path(),
	}}
	args := []string{"mod", "download"}
	for _, m := range h.published() {
		args = append(args, m.path()+"@"+h.version)
	}
	if _, err := direct.output("go", args...); err != nil {
		return err
	}
	proxies := []string{fileURL(filepath.ToSlash(filepath.Join(downloads, "cache", "download")))}
	known, err := output(h.root, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return err
	}
	cache, rest, _ := strings.Cut(strings.TrimSpace(known), "\n")
	proxies = append(proxies, fileURL(filepath.ToSlash(filepath.Join(cache, "cache", "download"))), rest)
	h.user = []string{
		"GOWORK=off", "GOPROXY=" + strings.Join(proxies, ","), "GONOSUMDB=" + h.modules[0].path() + "*", "GOMODCACHE=" + filepath.Join(h.folder, "modules"),
		"GOBIN=" + filepath.Join(h.folder, "bin"),
		"GOFLAGS=-modcacherw -trimpath", // trimpath: what was built is found again in the next scratch folder
	}
	return nil
}

// fileURL is the address of a folder, whose path is absolute and has slashes. That of
// Windows begins with a drive, which is no host.
func fileURL(slashed string) string {
	return (&url.URL{Scheme: "file", Path: path.Join("/", slashed)}).String()
}

// A goPackage is what go list says of one.
type goPackage struct{ ImportPath, Name string }

// packages lists those of a module that others may import, and its commands.
func (h *rehearsal) packages(m *goModule) (libraries, commands []string, err error) {
	env, err := h.environment(m, h.folder)
	if err != nil {
		return nil, nil, err
	}
	listed, err := command{h.dir(m), env}.output("go", "list", "-json=ImportPath,Name", "./...")
	if err != nil {
		return nil, nil, err
	}
	for dec := json.NewDecoder(strings.NewReader(listed)); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			return nil, nil, err
		}
		switch {
		case p.Name == "main":
			commands = append(commands, p.ImportPath)
		case !strings.Contains(p.ImportPath+"/", "/internal/"):
			libraries = append(libraries, p.ImportPath)
		}
	}
	return libraries, commands, nil
}

// empty makes a module in which nothing is.
func (h *rehearsal) empty(name string) (command, error) {
	user := command{filepath.Join(h.folder, "user", flat(name)), h.user}
	if err := os.MkdirAll(user.dir, 0o755); err != nil {
		return user, err
	}
	_, err := user.output("go", "mod", "init", "example.com/user")
	return user, err
}

func (h *rehearsal) libraries() error {
	for _, m := range h.published() {
		libraries, _, err := h.packages(m)
		if err != nil {
			return err
		}
		if len(libraries) == 0 {
			continue
		}
		if err := h.use(m, libraries); err != nil {
			return err
		}
	}
	return nil
}

// userProgram imports packages, and prints the version that it was built with.
const userProgram = `package main

import (
	"fmt"
	"runtime/debug"

%s)

func main() {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == %q {
			fmt.Println(module.Version)
		}
	}
}
`

// use gets the packages of a module and runs a program that imports them all.
func (h *rehearsal) use(m *goModule, packages []string) error {
	user, err := h.empty(m.dir)
	if err != nil {
		return err
	}
	began := time.Now()
	get := []string{"get"}
	for _, p := range packages {
		get = append(get, p+"@"+h.version)
	}
	if _, err := user.output("go", get...); err != nil {
		return err
	}
	var imports strings.Builder
	for _, p := range packages {
		fmt.Fprintf(&imports, "\t_ %q\n", p)
	}
	program := fmt.Appendf(nil, userProgram, &imports, m.path())
	if err := os.WriteFile(filepath.Join(user.dir, "main.go"), program, 0o644); err != nil {
		return err
	}
	if err := h.says(user, "go", "run", "."); err != nil {
		return err
	}
	fmt.Printf("   go get %s@%s: %d packages, %.1f s\n", m.path(), h.version, len(packages), time.Since(began).Seconds())
	return nil
}

// says runs a program that has to print the version, on standard error too.
func (h *rehearsal) says(user command, name string, args ...string) error {
	cmd := user.prepare(name, args)
	said, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(said), strings.TrimPrefix(h.version, "v")) {
		return fmt.Errorf("%s in %s: %v; it says no %s:\n%s", shown(name, args), user.dir, err, h.version, said)
	}
	return nil
}

// programs installs the command, runs the example that every reader runs first,
// and asks of the others how they would be built: that takes their requirements
// apart, and builds nothing.
func (h *rehearsal) programs() error {
	user, err := h.empty("programs")
	if err != nil {
		return err
	}
	for _, m := range h.published() {
		_, commands, err := h.packages(m)
		if err != nil {
			return err
		}
		for _, p := range commands {
			if err := h.program(user, m, p+"@"+h.version); err != nil {
				return err
			}
		}
	}
	return h.says(user, filepath.Join(h.folder, "bin", "apptuit"), "--version")
}

func (h *rehearsal) program(user command, m *goModule, p string) error {
	args := []string{"install", "-n", p}
	switch m.dir {
	case commandDir:
		args = []string{"install", p}
	case "examples/quickstart":
		args = []string{"run", p}
	}
	began := time.Now()
	if _, err := user.output("go", args...); err != nil {
		return err
	}
	fmt.Printf("   %s: %.1f s\n", shown("go", args), time.Since(began).Seconds())
	return nil
}
