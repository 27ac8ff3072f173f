package apptuit_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/apptuitai/apptuit-go"

// mayImport says which rooms of this module a room may import. The root is "";
// "examples" stands for each of them. A room that is not here fails the test.
var mayImport = map[string][]string{
	"":                    {"encoding", "transport", "internal/delivery", "internal/env", "internal/observ", "internal/process", "internal/queue", "internal/sender", "internal/text", "internal/transform", "internal/wire"},
	"encoding":            {"internal/deflate", "internal/text"},
	"transport":           {"encoding", "internal/delivery", "internal/text", "internal/wire"},
	"query":               {"transport", "internal/text"},
	"apptuittest":         {"encoding"},
	"internal/deflate":    {},
	"internal/delivery":   {"encoding", "internal/text", "internal/wire"},
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
var knowOpenTelemetry = []string{"", "internal/observ", "internal/process", "internal/transform", "examples"}

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

type goPackage struct {
	ImportPath, Dir string
	Standard        bool
	Imports         []string
}

// listArgs puts -C first, where go wants it.
func listArgs(args []string) []string {
	if len(args) > 2 && args[0] == "-C" {
		return append([]string{"-C", args[1], "list", "-json"}, args[2:]...)
	}
	return append([]string{"list", "-json"}, args...)
}

// workspace is off for this module, which is seen as its user gets it. What the
// others import is the same in go.work, without which a program has no siblings.
func workspace(t *testing.T, args []string) string {
	t.Helper()
	if args[0] != "-C" {
		return "off"
	}
	file, err := filepath.Abs("go.work")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", listArgs(args)...)
	cmd.Env = append(os.Environ(), "GOWORK="+workspace(t, args))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
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
	"autoexport":          {""},
	"cmd/apptuit":         {"apptuittest", "encoding", "query", "query/promapi", "transport", "internal/text"},
	"examples/autoexport": {"", "autoexport", "apptuittest"},
	"examples/query":      {"", "apptuittest", "encoding", "query", "query/arrow", "transport"},
	"internal/bench":      {"", "encoding", "transport", "apptuittest"},
	"internal/interop":    {"", "apptuittest"},
	"query/arrow":         {"query", "internal/text"},
	"query/promapi":       {"query", "transport", "internal/text"},
}

func TestOtherModulesImportOneWay(t *testing.T) {
	mods, err := filepath.Glob("*/*/go.mod")
	more, _ := filepath.Glob("*/go.mod")
	if err != nil || len(mods)+len(more) < len(otherModules) {
		t.Fatalf("modules %q %q, %v", mods, more, err)
	}
	for _, mod := range append(mods, more...) {
		dir := filepath.ToSlash(filepath.Dir(mod))
		if dir == "internal/tools" { // it names the linters and holds no package
			continue
		}
		for _, p := range goList(t, "-C", dir, "./...") {
			for _, path := range p.Imports {
				target, ours := roomOf(path)
				inside := path == modulePath+"/"+dir || strings.HasPrefix(path, modulePath+"/"+dir+"/")
				if ours && !inside && !slices.Contains(otherModules[dir], target) {
					t.Errorf("%s imports %s", p.ImportPath, path)
				}
			}
		}
	}
}

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range goList(t, "./...") {
		room, _ := roomOf(p.ImportPath)
		may, known := mayImport[room]
		if !known {
			t.Errorf("room %s is not in mayImport", room)
		}
		for _, path := range p.Imports {
			if target, ours := roomOf(path); ours && !slices.Contains(may, target) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
			if strings.HasPrefix(path, "go.opentelemetry.io/") && !slices.Contains(knowOpenTelemetry, room) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
		}
	}
}

func TestRootStaysLight(t *testing.T) {
	for _, p := range goList(t, "-deps", ".") {
		needed := p.Standard || slices.ContainsFunc(rootNeeds, func(module string) bool {
			return strings.HasPrefix(p.ImportPath, module)
		})
		if !needed {
			t.Errorf("the root package brings %s into a program", p.ImportPath)
		}
	}
}

func TestEachPackageHasADoc(t *testing.T) {
	for _, p := range goList(t, "./...") {
		if room, _ := roomOf(p.ImportPath); room == "examples" {
			continue
		}
		if _, err := os.Stat(filepath.Join(p.Dir, "doc.go")); err != nil {
			t.Errorf("%s has no doc.go", p.ImportPath)
		}
	}
}

// Every variable that the package doc lists is in the README, and the other way
// round.
func TestReadmeListsTheEnvironment(t *testing.T) {
	variable := regexp.MustCompile(`APPTUIT_[A-Z_]+`)
	names := func(file string) []string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := variable.FindAllString(string(text), -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	if doc, readme := names("doc.go"), names("README.md"); !slices.Equal(doc, readme) {
		t.Errorf("doc.go has %q\nREADME.md has %q", doc, readme)
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

// requirements returns the foreign modules that our go.mod files require without
// "// indirect", or for a tool.
func requirements(t *testing.T) (modules []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "go.mod" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range regexp.MustCompile(`(?m)^(?:require )?\t?(\S+\.\S+) v\S+( // indirect)?$`).FindAllStringSubmatch(string(text), -1) {
			module, direct := found[1], found[2] == ""
			tool := regexp.MustCompile(`(?m)^\t?(?:tool )?` + regexp.QuoteMeta(module) + `/cmd/`).Match(text)
			if (direct || tool) && !strings.HasPrefix(module, modulePath) {
				modules = append(modules, module)
			}
		}
		return err
	})
	if err != nil || len(modules) == 0 {
		t.Fatalf("%d requirements, %v", len(modules), err)
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}
