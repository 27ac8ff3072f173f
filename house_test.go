package apptuit_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/env"
)

const modulePath = "github.com/apptuitai/apptuit-go"

// mayImport says which rooms of this module a room may import. The root is "";
// "examples" stands for each of them. A room that is not here fails the test.
var mayImport = map[string][]string{
	"":                    {"encoding", "transport", "internal/collect", "internal/delivery", "internal/env", "internal/observ", "internal/process", "internal/queue", "internal/sender", "internal/text", "internal/transform", "internal/wire"},
	"encoding":            {"internal/deflate", "internal/text"},
	"transport":           {"encoding", "internal/delivery", "internal/text", "internal/wire"},
	"query":               {"transport", "internal/answer", "internal/text", "internal/wire"},
	"apptuittest":         {"encoding"},
	"internal/answer":     {"internal/text", "internal/wire"},
	"internal/collect":    {"internal/text"},
	"internal/deflate":    {},
	"internal/delivery":   {"encoding", "internal/text", "internal/wire"},
	"internal/docs":       {},
	"internal/env":        {},
	"internal/heaptest":   {},
	"internal/histogram":  {},
	"internal/nettest":    {"encoding"},
	"internal/observ":     {},
	"internal/process":    {},
	"internal/queue":      {"encoding"},
	"internal/realserver": {},
	"internal/sender":     {"encoding", "internal/delivery", "internal/queue", "internal/text", "internal/wire"},
	"internal/text":       {},
	"internal/transform":  {"encoding", "internal/histogram", "internal/text"},
	"internal/wire":       {"encoding", "internal/env", "internal/text"},
	"examples":            {"", "encoding", "transport", "apptuittest"},
}

// knowOpenTelemetry are the rooms that may import it.
var knowOpenTelemetry = []string{"", "internal/collect", "internal/observ", "internal/process", "internal/transform", "examples"}

// rootNeeds are the modules that the root package may bring into a program.
var rootNeeds = []string{
	modulePath,
	"go.opentelemetry.io/otel",
	"go.opentelemetry.io/contrib/instrumentation/runtime",
	"go.opentelemetry.io/auto/sdk", // of otel/trace
	"github.com/go-logr/",          // of otel
	"github.com/cespare/xxhash",    // of otel
	"github.com/google/uuid",       // of otel/sdk
	"github.com/cenkalti/backoff/v4",
	"github.com/klauspost/compress",
	"github.com/prometheus/otlptranslator",
	"golang.org/x/sys",
}

// A sourcePackage is the production code of one directory, for every system.
type sourcePackage struct {
	name, module, dir string // "." is the root
	imports           []string
}

func (p sourcePackage) String() string { return path.Join(modulePath, p.dir) }

// sourcePackages returns the packages of all modules of this repository.
func sourcePackages(t *testing.T) (all []sourcePackage) {
	t.Helper()
	byDir := map[string]sourcePackage{}
	for file, tree := range repository(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		dir := path.Dir(file)
		p := byDir[dir]
		for _, spec := range tree.Imports {
			p.imports = append(p.imports, strings.Trim(spec.Path.Value, `"`))
		}
		byDir[dir] = sourcePackage{tree.Name.Name, moduleOf(dir), dir, p.imports}
	}
	for _, p := range byDir {
		slices.Sort(p.imports)
		p.imports = slices.Compact(p.imports)
		all = append(all, p)
	}
	if len(all) < 25 {
		t.Fatalf("only %d packages were found", len(all))
	}
	return all
}

// moduleOf returns the directory of the module that holds a directory.
func moduleOf(dir string) string {
	for dir != "." {
		if _, err := os.Stat(path.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = path.Dir(dir)
	}
	return dir
}

// roomOf returns the room of a package of this module.
func roomOf(path string) (room string, ours bool) {
	rest, ours := strings.CutPrefix(path, modulePath)
	room = strings.TrimPrefix(rest, "/")
	if strings.HasPrefix(room, "examples/") {
		room = "examples"
	}
	return room, ours
}

// otherModules are the modules of this repository below the root's, and what they
// may import of the others. What has no row may import no room but its own.
var otherModules = map[string][]string{
	"autoexport":           {""},
	"cmd/apptuit":          {"apptuittest", "encoding", "query", "query/arrow", "transport", "internal/text"},
	"examples/autoexport":  {"", "autoexport", "apptuittest"},
	"examples/quickstart":  {"", "apptuittest", "cmd/apptuit/live", "encoding", "query", "transport"},
	"examples/query":       {"", "apptuittest", "encoding", "query", "query/arrow", "transport"},
	"internal/bench":       {"", "encoding", "transport", "apptuittest", "query", "internal/realserver"},
	"internal/browsertest": {"", "apptuittest", "cmd/apptuit/live", "encoding", "transport"},
	"internal/interop":     {"", "apptuittest"},
	"query/arrow":          {"query", "internal/text"},
	"query/promapi":        {"query", "transport", "internal/answer", "internal/text"},

	"collector/apptuitexporter":  {"encoding", "internal/delivery", "internal/text", "internal/transform", "internal/wire"},
	"collector/opentsdbreceiver": {},
	"internal/collectortest":     {"", "collector/apptuitexporter", "internal/realserver"},
}

func TestOtherModulesImportOneWay(t *testing.T) {
	for _, p := range sourcePackages(t) {
		if p.module == "." {
			continue
		}
		for _, imported := range p.imports {
			target, ours := roomOf(imported)
			inside := target == p.module || strings.HasPrefix(target, p.module+"/")
			if ours && !inside && !slices.Contains(otherModules[p.module], target) {
				t.Errorf("%s imports %s", p, imported)
			}
		}
	}
}

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range sourcePackages(t) {
		if p.module != "." {
			continue
		}
		room, _ := roomOf(p.String())
		may, known := mayImport[room]
		if !known {
			t.Errorf("room %s is not in mayImport", room)
		}
		for _, imported := range p.imports {
			if target, ours := roomOf(imported); ours && !slices.Contains(may, target) {
				t.Errorf("%s imports %s", p, imported)
			}
			if strings.HasPrefix(imported, "go.opentelemetry.io/") && !slices.Contains(knowOpenTelemetry, room) {
				t.Errorf("%s imports %s", p, imported)
			}
		}
	}
}

func TestRootStaysLight(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	cmd.Env = append(os.Environ(), "GOWORK=off") // the module as its user gets it
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, imported := range strings.Fields(string(out)) {
		if !slices.ContainsFunc(rootNeeds, func(module string) bool { return strings.HasPrefix(imported, module) }) {
			t.Errorf("the root package brings %s into a program", imported)
		}
	}
}

func TestEachPackageHasADoc(t *testing.T) {
	for _, p := range sourcePackages(t) {
		if p.name == "main" {
			continue
		}
		if _, err := os.Stat(filepath.Join(p.dir, "doc.go")); err != nil {
			t.Errorf("%s has no doc.go", p)
		}
	}
}

// The package doc and docs have the table of variables as the code has it, and
// no other variable.
func TestDocumentsListTheEnvironment(t *testing.T) {
	var doc, page strings.Builder
	for _, v := range env.Variables {
		fmt.Fprintf(&doc, "//\t%s\n//\t\t%s. Default: %s\n", v.Name, v.Sets, v.Else)
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", v.Name, v.Sets, v.Else)
	}
	for file, want := range map[string]string{"doc.go": doc.String(), "docs/environment.md": page.String()} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s does not have the table of variables as internal/env has it, which is\n%s", file, want)
		}
		for _, name := range regexp.MustCompile(`APPTUIT_[A-Z_]*[A-Z]`).FindAllString(string(text), -1) {
			if len(env.Unknown([]string{name + "=x"})) > 0 {
				t.Errorf("%s has %s, which is not read", file, name)
			}
		}
	}
}

// The README has a line for each module that one of ours requires by itself, and
// for each tool, and no other.
func TestReadmeListsTheDependencies(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| dependency |")
	var listed []string
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			listed = append(listed, name[1])
		}
		if strings.TrimSpace(line) == "" {
			break
		}
	}
	required := requirements(t)
	for _, module := range required {
		if !slices.Contains(listed, module) {
			t.Errorf("the README's table of dependencies has no %s", module)
		}
	}
	for _, module := range listed {
		if !slices.Contains(required, module) {
			t.Errorf("the README's table of dependencies has %s, which no go.mod requires", module)
		}
	}
}

// findFiles returns the paths of the repository's files with names that end so. What
// git and make keep in it is not looked at: go test would take its result for an old one
// whenever they change that.
func findFiles(suffix string) (paths []string, err error) {
	err = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".git" || path == "bin" || path == "dist":
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(path, suffix):
			paths = append(paths, filepath.ToSlash(path))
		}
		return nil
	})
	return paths, err
}

func filesOf(t *testing.T, suffix string) []string {
	t.Helper()
	paths, err := findFiles(suffix)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files that end in %q, %v", len(paths), suffix, err)
	}
	return paths
}

// requirements returns the foreign modules that our go.mod files require without
// "// indirect", or for a tool.
func requirements(t *testing.T) (modules []string) {
	t.Helper()
	for _, path := range filesOf(t, "go.mod") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)^(?:require )?\t?(\S+\.\S+) v\S+( // indirect)?$`).FindAllStringSubmatch(string(text), -1) {
			module, direct := found[1], found[2] == ""
			tool := regexp.MustCompile(`(?m)^\t?(?:tool )?` + regexp.QuoteMeta(module) + `/cmd/`).Match(text)
			if (direct || tool) && !strings.HasPrefix(module, modulePath) {
				modules = append(modules, module)
			}
		}
	}
	if len(modules) == 0 {
		t.Fatal("no requirements")
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}
