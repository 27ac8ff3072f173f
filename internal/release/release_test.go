package main

import (
	"debug/buildinfo"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// house is a repository in the small: a library, a library upon it, a program.
var house = map[string]string{
	"go.mod":                   "module example.com/shop\n\ngo 1.26.0\n",
	"shop.go":                  "package shop\n\nfunc Price() int { return 1 }\n",
	"internal/wire/version.go": "package wire\n\nconst Version = \"0.1.0\"\n",
	"extra/go.mod":             "module example.com/shop/extra\n\ngo 1.26.0\n\nreplace example.com/shop => ../\n\nrequire example.com/shop v0.1.0\n",
	"extra/extra.go":           "package extra\n\nimport \"example.com/shop\"\n\nvar Price = shop.Price()\n",
	"cmd/till/go.mod":          "module example.com/shop/cmd/till\n\ngo 1.26.0\n\nrequire example.com/shop v0.1.0\n",
	"cmd/till/main.go":         "package main\n\nimport \"example.com/shop\"\n\nfunc main() { println(shop.Price()) }\n",
	"internal/tools/go.mod":    "module example.com/shop/internal/tools\n\ngo 1.26.0\n",
	"go.work":                  "go 1.26.0\n\nuse (\n\t.\n\t./cmd/till\n\t./extra\n)\n\nreplace example.com/shop v0.1.0 => ./\n",
	builderFile:                "dist:\n  version: 0.1.0\n\nexporters:\n  - gomod: example.com/shop/extra v0.1.0\n  - gomod: example.org/theirs v0.1.0\n",
	"CHANGELOG.md":             "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Price.\n\n[Unreleased]: https://example.com/shop/commits/main\n",
}

// build lays the house out with some files changed, and commits it.
func build(t *testing.T, changed map[string]string) *repository {
	t.Helper()
	t.Setenv("GOWORK", "off")
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"} {
		t.Setenv(name, "test@localhost")
	}
	root := t.TempDir()
	for name, text := range house {
		lay(t, root, name, text)
	}
	for name, text := range changed {
		lay(t, root, name, text)
	}
	git(t, root, "init", "--quiet", "--initial-branch=main")
	commit(t, root)
	return open(t, root)
}

func lay(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func git(t *testing.T, root string, args ...string) {
	t.Helper()
	if _, err := output(root, "git", args...); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, root string) {
	t.Helper()
	git(t, root, "add", "--all")
	git(t, root, "commit", "--quiet", "--message", "a change")
}

func open(t *testing.T, root string) *repository {
	t.Helper()
	r, err := openRepository(root)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t *testing.T, r *repository, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestThisCheckoutAgrees(t *testing.T) {
	root, err := output(".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, strings.TrimSpace(root))
	if err := (checker{r}).check(); err != nil {
		t.Error(err)
	}
	programs := 0
	for _, m := range r.modules {
		if m.isProgram {
			programs++
		}
	}
	if len(r.published()) < 5 || programs < 3 {
		t.Errorf("%d modules are published, %d of them programs", len(r.published()), programs)
	}
}

func TestCheckFindsWhatDoesNotAgree(t *testing.T) {
	for file, cases := range map[string]map[string]string{ // what replaces a file, and what is said of it
		"extra/go.mod": {
			"module example.com/shop/extra\n\ngo 1.26.0\n\nreplace example.com/shop => ../\n\nrequire example.com/shop v0.2.0\n":                                  "requires example.com/shop at v0.2.0, and this is v0.1.0",
			"module example.com/shop/extra\n\ngo 1.26.0\n\nrequire example.com/shop v0.1.0\n":                                                                     "has no line: replace example.com/shop => ..",
			"module example.com/shop/extra\n\ngo 1.26.0\n\nreplace example.com/shop => ../..\n\nrequire example.com/shop v0.1.0\n":                                "replaces example.com/shop by ../..",
			"module example.com/shop/other\n\ngo 1.26.0\n\nreplace example.com/shop => ../\n\nrequire example.com/shop v0.1.0\n":                                  "the module is example.com/shop/other",
			"module example.com/shop/extra\n\ngo 1.25.0\n\nreplace example.com/shop => ../\n\nrequire example.com/shop v0.1.0\n":                                  "the go line is not that of the root",
			"module example.com/shop/extra\n\ngo 1.26.0\n\nreplace example.com/shop => ../\n\nreplace example.com/b => ../b\n\nrequire example.com/shop v0.1.0\n": "replaces example.com/b by ../b",
		},
		"cmd/till/go.mod": {
			house["cmd/till/go.mod"] + "\nreplace example.com/shop => ../..\n": `"go install" refuses`,
		},
		"go.work": {
			"go 1.26.0\n\nuse (\n\t.\n\t./extra\n)\n\nreplace example.com/shop v0.1.0 => ./\n":                         "cmd/till is used: false",
			"go 1.26.0\n\nuse (\n\t.\n\t./cmd/till\n\t./extra\n\t./gone\n)\n\nreplace example.com/shop v0.1.0 => ./\n": "go.work uses gone",
			"go 1.26.0\n\nuse (\n\t.\n\t./cmd/till\n\t./extra\n)\n\nreplace example.com/shop v0.0.9 => ./\n":           "go.work has no line: replace example.com/shop v0.1.0",
		},
		builderFile: {
			"exporters:\n  - gomod: example.com/shop/extra v0.0.9\n": "has not the version v0.1.0",
			"dist:\n  version: 0.0.9\n":                              "has not the version v0.1.0",
		},
		"internal/wire/version.go": {
			"package wire\n\nconst Version = \"one\"\n": "has no line like",
		},
		"CHANGELOG.md": {
			"# Changelog\n\n## 0.1.0 (unreleased)\n":                                                 "heading of level 2",
			"# Changelog\n\n## [0.1.0] - 2026-11-27\n":                                               "the first heading is not",
			"# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-27\n":                            "the newest version is 0.2.0",
			"# Changelog\n\n## [Unreleased]\n\n## [0.1.0]\n":                                         "has no day",
			"# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-27\n\n## [0.2.0] - 2026-11-28\n": "0.2.0 stands below 0.1.0",
			"# Changelog\n\n## [Unreleased]\n\n### News\n":                                           `"News" is none of`,
		},
	} {
		for text, want := range cases {
			err := (checker{build(t, map[string]string{file: text})}).check()
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s with\n%s\nis said to be: %v\nwant %s", file, text, err, want)
			}
		}
	}
	if err := (checker{build(t, nil)}).check(); err != nil {
		t.Errorf("the house itself: %v", err)
	}
}

func TestReleaseRefusesAndChangesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		version string
		change  func(t *testing.T, root string)
		want    string
	}{
		"no version":     {"", nil, "is not like v1.2.3"},
		"no v":           {"0.2.0", nil, "is not like v1.2.3"},
		"short":          {"v0.2", nil, "is not like v1.2.3"},
		"not committed":  {"v0.2.0", func(t *testing.T, root string) { lay(t, root, "new.go", "package shop\n") }, "not committed"},
		"an older one":   {"v0.2.0", func(t *testing.T, root string) { git(t, root, "tag", "v0.3.0") }, "does not come after v0.3.0"},
		"a tag is there": {"v0.2.0", func(t *testing.T, root string) { git(t, root, "tag", "extra/v0.2.0") }, "the tag extra/v0.2.0 exists"},
		"no news": {"v0.2.0", func(t *testing.T, root string) {
			lay(t, root, "CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n[Unreleased]: https://example.com/shop/commits/main\n")
			commit(t, root)
		}, "has nothing under"},
		"a fault that check finds": {"v0.2.0", func(t *testing.T, root string) {
			lay(t, root, "extra/go.mod", "module example.com/shop/extra\n\ngo 1.26.0\n\nrequire example.com/shop v0.1.0\n")
			commit(t, root)
		}, "nothing was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			r := build(t, nil)
			if tc.change != nil {
				tc.change(t, r.root)
			}
			before, _ := output(r.root, "git", "status", "--porcelain")
			err := (writer{open(t, r.root)}).release(tc.version)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %s", err, tc.want)
			}
			if after, _ := output(r.root, "git", "status", "--porcelain"); after != before {
				t.Errorf("changed:\n%s", after)
			}
		})
	}
}

func TestWritePutsTheVersionEverywhere(t *testing.T) {
	r := build(t, nil)
	day := time.Date(2026, 12, 1, 23, 0, 0, 0, time.UTC)
	if err := (writer{r}).write("v0.2.0", day); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"internal/wire/version.go": `const Version = "0.2.0"`,
		"extra/go.mod":             "require example.com/shop v0.2.0",
		"cmd/till/go.mod":          "require example.com/shop v0.2.0",
		"go.work":                  "replace example.com/shop v0.2.0 => ./",
		builderFile:                "dist:\n  version: 0.2.0\n\nexporters:\n  - gomod: example.com/shop/extra v0.2.0\n  - gomod: example.org/theirs v0.1.0\n",
		"CHANGELOG.md":             "## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added",
	} {
		if text := read(t, r, file); !strings.Contains(text, want) {
			t.Errorf("%s has no %q:\n%s", file, want, text)
		}
	}
	if links := "[Unreleased]: https://example.com/shop/compare/v0.2.0...HEAD\n[0.2.0]: https://example.com/shop/releases/tag/v0.2.0\n"; !strings.HasSuffix(read(t, r, "CHANGELOG.md"), links) {
		t.Errorf("the changelog does not end with\n%s", links)
	}
	next := open(t, r.root)
	if err := (checker{next}).check(); err != nil {
		t.Error(err)
	}
	if err := next.tidy(false); err != nil {
		t.Error(err)
	}
}

// The lines of go.work stay where they stand, with what is said of them.
func TestWriteKeepsTheFormOfTheWorkspace(t *testing.T) {
	const form = "go 1.26.0\n\nuse (\n\t.\n\t./cmd/till\n\t./extra\n)\n\n// Ours.\nreplace (\n\texample.com/shop v0.1.0 => ./\n\texample.com/shop/extra v0.1.0 => ./extra // beside it\n)\n\nreplace example.org/theirs v0.1.0 => ./theirs\n"
	r := build(t, map[string]string{"go.work": form})
	if err := (writer{r}).write("v0.2.0", time.Now()); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("shop v0.1.0", "shop v0.2.0", "extra v0.1.0", "extra v0.2.0").Replace(form)
	if got := read(t, r, "go.work"); got != want {
		t.Errorf("go.work is\n%s\nwant\n%s", got, want)
	}
}

// Each command sees the module with its siblings from the checkout, whether it has
// replace lines or not.
func TestEachRunsInEveryModule(t *testing.T) {
	r := build(t, nil)
	if err := r.each(r.modules, []string{"go", "vet", "./..."}); err != nil {
		t.Error(err)
	}
	lay(t, r.root, "cmd/till/wrong.go", "package main\n\nvar _ int = \"text\"\n")
	if err := open(t, r.root).each(r.modules, []string{"go", "vet", "./..."}); err == nil {
		t.Error("a module that does not build passes")
	}
}

// What is published names a version, not the checkout that it was built in.
func TestBinariesAreThoseOfTheTags(t *testing.T) {
	moved := map[string]string{
		"cmd/apptuit/go.mod":  "module example.com/shop/cmd/apptuit\n\ngo 1.26.0\n\nrequire example.com/shop v0.1.0\n",
		"cmd/apptuit/main.go": "package main\n\nimport \"example.com/shop\"\n\nfunc main() { println(shop.Price()) }\n",
	}
	maps.Copy(moved, house)
	for name, text := range moved { // to a host whose addresses the go command knows without asking it
		moved[name] = strings.ReplaceAll(text, "example.com/", "github.com/example/")
	}
	r := build(t, moved)
	to := t.TempDir()
	if err := r.dist(to, []string{runtime.GOOS + "/" + runtime.GOARCH, "windows/arm64"}); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{runtime.GOOS + "_" + runtime.GOARCH, "windows_arm64.exe"} {
		info, err := buildinfo.ReadFile(filepath.Join(to, "apptuit_0.1.0_"+target))
		if err != nil {
			t.Error(err)
			continue
		}
		if info.Main.Version != "v0.1.0" || len(info.Deps) != 1 || info.Deps[0].Replace != nil {
			t.Errorf("%s says\n%s", target, info)
		}
	}
	if err := r.dist(to, []string{"linux"}); err == nil || !strings.Contains(err.Error(), "is not like linux/amd64") {
		t.Errorf("a target without an architecture is refused by %v", err)
	}
}

func TestFuzzTargetsAreFoundInTheirModules(t *testing.T) {
	r := build(t, map[string]string{
		"shop_test.go":        "package shop\n\nimport \"testing\"\n\nfunc FuzzPrice(f *testing.F) {}\n",
		"extra/a/a_test.go":   "package a\n\nimport \"testing\"\n\nfunc FuzzA(f *testing.F) {}\n\nfunc FuzzB(g *testing.F) {}\n",
		"cmd/till/go_test.go": "package main\n",
	})
	for dir, want := range map[string]int{".": 1, "extra": 2, "cmd/till": 0} {
		for _, m := range r.modules {
			if m.dir != dir {
				continue
			}
			if got, err := r.targets(m); err != nil || len(got) != want {
				t.Errorf("%s has the targets %v, %v, want %d", dir, got, err, want)
			}
		}
	}
	if err := r.fuzz("soon"); err == nil {
		t.Error("fuzz takes any time")
	}
}

func TestFoldersAreAddressed(t *testing.T) {
	for slashed, want := range map[string]string{
		"/tmp/a b":      "file:///tmp/a%20b",
		"C:/Users/x/go": "file:///C:/Users/x/go",
		"/":             "file:///",
	} {
		if got := fileURL(slashed); got != want {
			t.Errorf("%q: %s, want %s", slashed, got, want)
		}
	}
}

func TestMayBreak(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"v0.1.0", "v0.1.1"}: false, {"v0.1.0", "v0.2.0"}: true, {"v0.9.0", "v1.0.0"}: true,
		{"v1.0.0", "v1.1.0"}: false, {"v1.4.0", "v2.0.0"}: true,
	} {
		if mayBreak(pair[0], pair[1]) != want {
			t.Errorf("%s after %s may break programs: %t", pair[1], pair[0], !want)
		}
	}
}

// A patch may not take a name away, a minor version before 1.0.0 may, and the
// changelog has to say so.
func TestAPIChangesAreFound(t *testing.T) {
	here, err := filepath.Abs("../tools")
	if err != nil {
		t.Fatal(err)
	}
	tools := map[string]string{}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(here, name))
		if err != nil {
			t.Fatal(err)
		}
		tools["internal/tools/"+name] = strings.ReplaceAll(string(text), "github.com/apptuitai/apptuit-go", "example.com/shop")
	}
	r := build(t, tools)
	if err := r.api(); err != nil {
		t.Errorf("without a tag: %v", err)
	}
	git(t, r.root, "tag", "v0.1.0")
	lay(t, r.root, "shop.go", "package shop\n\nfunc Price() int { return 1 }\n\nfunc Sale() {}\n")
	if breaks, err := open(t, r.root).changesSince("v0.1.0"); breaks || err != nil {
		t.Errorf("a new name breaks programs: %t, %v", breaks, err)
	}
	lay(t, r.root, "shop.go", "package shop\n\nfunc Cost() int { return 1 }\n")
	lay(t, r.root, "extra/extra.go", "package extra\n\nimport \"example.com/shop\"\n\nvar Price = shop.Cost()\n")
	lay(t, r.root, "cmd/till/main.go", "package main\n\nimport \"example.com/shop\"\n\nfunc main() { println(shop.Cost()) }\n")
	commit(t, r.root)
	if err := open(t, r.root).api(); err == nil || !strings.Contains(err.Error(), "neither Changed nor Removed") {
		t.Errorf("a name was removed, and api says %v", err)
	}
	if err := (writer{open(t, r.root)}).release("v0.1.1"); err == nil || !strings.Contains(err.Error(), "breaks programs") {
		t.Errorf("a name was removed, and a patch is refused by %v", err)
	}
	lay(t, r.root, "CHANGELOG.md", strings.Replace(house["CHANGELOG.md"], "### Added", "### Changed", 1))
	if err := open(t, r.root).api(); err != nil {
		t.Errorf("the changelog says it, and api says %v", err)
	}
}
