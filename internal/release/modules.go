package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// A repository is a checkout with all its modules; the first is the root's.
type repository struct {
	root    string
	modules []*goModule
}

// A goModule is one module of a repository.
type goModule struct {
	dir  string // from the root, with slashes; "." is the root's
	file *modfile.File

	hasCode   bool
	isProgram bool // its first package is a command that users install or run
}

// openRepository reads the go.mod files that git knows, or would know.
func openRepository(root string) (*repository, error) {
	listed, err := output(root, "git", "ls-files", "--cached", "--others", "--exclude-standard", "go.mod", "*/go.mod")
	if err != nil {
		return nil, err
	}
	r := &repository{root: root}
	for file := range strings.FieldsSeq(listed) {
		m, err := readModule(root, file)
		if os.IsNotExist(err) { // removed, and git was not told yet
			continue
		}
		if err != nil {
			return nil, err
		}
		r.modules = append(r.modules, m)
	}
	slices.SortFunc(r.modules, func(a, b *goModule) int { return strings.Compare(a.path(), b.path()) })
	if len(r.modules) == 0 || r.modules[0].dir != "." {
		return nil, fmt.Errorf("%s has no go.mod at its root", root)
	}
	return r, nil
}

func readModule(root, file string) (*goModule, error) {
	full := filepath.Join(root, file)
	text, err := os.ReadFile(full)
	if err != nil {
		return nil, err
	}
	parsed, err := parseMod(full, text)
	if err != nil {
		return nil, err
	}
	m := &goModule{dir: path.Dir(file), file: parsed}
	m.hasCode, m.isProgram, err = codeOf(root, m.dir)
	m.isProgram = m.isProgram && m.published()
	return m, err
}

// codeOf says whether a module has Go files, and whether its first package is a
// command.
func codeOf(root, dir string) (code, command bool, err error) {
	files, err := output(filepath.Join(root, dir), "git", "ls-files", "--cached", "--others", "--exclude-standard", "*.go")
	if err != nil || files == "" {
		return false, false, err
	}
	for file := range strings.FieldsSeq(files) {
		if strings.Contains(file, "/") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, dir, file), nil, parser.PackageClauseOnly)
		if os.IsNotExist(err) {
			continue
		}
		return true, err == nil && parsed.Name.Name == "main", err
	}
	return true, false, nil
}

func (m *goModule) path() string { return m.file.Module.Mod.Path }

// published says whether users may fetch the module, so that it has a tag.
func (m *goModule) published() bool {
	return m.dir != "internal" && !strings.HasPrefix(m.dir, "internal/") && !strings.Contains(m.dir, "/internal/")
}

// tag names the tag of a version of the module.
func (m *goModule) tag(version string) string {
	if m.dir == "." {
		return version
	}
	return m.dir + "/" + version
}

// siblings are the requirements on other modules of the repository.
func (r *repository) siblings(m *goModule) (found []module.Version) {
	for _, need := range m.file.Require {
		if r.byPath(need.Mod.Path) != nil {
			found = append(found, need.Mod)
		}
	}
	return found
}

func (r *repository) byPath(path string) *goModule {
	for _, m := range r.modules {
		if m.path() == path {
			return m
		}
	}
	return nil
}

func (r *repository) published() (found []*goModule) {
	for _, m := range r.modules {
		if m.published() {
			found = append(found, m)
		}
	}
	return found
}

func (r *repository) dir(m *goModule) string { return filepath.Join(r.root, m.dir) }

// standIn writes a go.mod into a folder that is the module's own, but takes its
// siblings from the checkout. A program may not say so in its own, since
// "go install" refuses a replace line.
func (r *repository) standIn(m *goModule, folder string) (modFile string, err error) {
	text, err := os.ReadFile(filepath.Join(r.dir(m), "go.mod"))
	if err != nil {
		return "", err
	}
	file, err := parseMod("go.mod", text)
	if err != nil {
		return "", err
	}
	for _, other := range r.modules {
		if other == m {
			continue
		}
		if err := file.AddReplace(other.path(), "", r.dir(other), ""); err != nil {
			return "", err
		}
	}
	modFile = r.standInPath(m, folder)
	if err := writeFormatted(modFile, file); err != nil {
		return "", err
	}
	return modFile, copyFile(sumOf(modFile), filepath.Join(r.dir(m), "go.sum"))
}

func (r *repository) standInPath(m *goModule, folder string) string {
	return filepath.Join(folder, strings.ReplaceAll(m.dir, "/", "-")+".mod")
}

func parseMod(path string, text []byte) (*modfile.File, error) { return modfile.Parse(path, text, nil) }

func sumOf(modFile string) string { return strings.TrimSuffix(modFile, ".mod") + ".sum" }

func writeFormatted(path string, file *modfile.File) error {
	file.Cleanup()
	text, err := file.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// copyFile copies a file that need not be there.
func copyFile(to, from string) error {
	text, err := os.ReadFile(from)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
