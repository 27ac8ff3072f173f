package docs

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// imports are the packages that a block names without importing them: those that
// an editor would add.
var imports = map[string]string{
	"apptuit":     "github.com/apptuitai/apptuit-go",
	"apptuittest": "github.com/apptuitai/apptuit-go/apptuittest",
	"arrow":       "github.com/apptuitai/apptuit-go/query/arrow",
	"attribute":   "go.opentelemetry.io/otel/attribute",
	"context":     "context",
	"encoding":    "github.com/apptuitai/apptuit-go/encoding",
	"errors":      "errors",
	"fmt":         "fmt",
	"live":        "github.com/apptuitai/apptuit-go/cmd/apptuit/live",
	"log":         "log",
	"metric":      "go.opentelemetry.io/otel/metric",
	"os":          "os",
	"otel":        "go.opentelemetry.io/otel",
	"promapi":     "github.com/apptuitai/apptuit-go/query/promapi",
	"query":       "github.com/apptuitai/apptuit-go/query",
	"sdkmetric":   "go.opentelemetry.io/otel/sdk/metric",
	"time":        "time",
	"transport":   "github.com/apptuitai/apptuit-go/transport",
}

// Every Go block of every page compiles: a whole file as it stands, statements
// inside a function that has a ctx, both with the imports of the list above. And
// statements look at each error that they are given.
func TestGoBlocksCompile(t *testing.T) {
	skipUnlessNative(t)
	snippets := blocks(t, "go")
	if len(snippets) == 0 {
		t.Fatal("no Go block was found")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	overlay, packages, of := map[string]string{}, []string{"build", "-o", os.DevNull}, map[string]block{}
	for i, b := range snippets {
		source, err := program(b.text)
		if err != nil {
			t.Errorf("%s: %v", b, err)
			continue
		}
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		dir := fmt.Sprintf("internal/docs/block%d", i)
		overlay[filepath.Join(root, dir, "main.go")] = file
		packages, of[dir] = append(packages, "./"+dir), b
	}
	replaced := filepath.Join(t.TempDir(), "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(replaced, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", slices.Insert(packages, 1, "-overlay", replaced)...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOWORK="+filepath.Join(root, "go.work"), "GOFLAGS=")
	said, err := cmd.CombinedOutput()
	if err == nil {
		return
	}
	for _, dir := range slices.Sorted(maps.Keys(of)) {
		said = []byte(strings.ReplaceAll(string(said), dir+"/", of[dir].String()+" "))
	}
	t.Errorf("%v\n%s", err, said)
}

// program makes a file of a block.
func program(text string) (string, error) {
	if strings.HasPrefix(text, "package ") {
		return text, nil
	}
	if source := "package main\n" + text; parses(source) {
		return withImports(source)
	}
	body, err := parser.ParseFile(token.NewFileSet(), "", "package main\nfunc _() {\n"+text+"\n}", 0)
	if err != nil {
		return "", err
	}
	statements := body.Decls[0].(*ast.FuncDecl).Body.List
	if err := errorsAreSeen(statements); err != nil {
		return "", err
	}
	return withImports("package main\nimport \"context\"\nfunc main() {}\nfunc _(ctx context.Context) {\n" + text + used(statements) + "\n}")
}

func parses(source string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	return err == nil
}

// withImports adds the imports of the names that a file does not declare.
func withImports(source string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		return "", err
	}
	needed := map[string]string{}
	for _, name := range file.Unresolved {
		if path, ok := imports[name.Name]; ok {
			needed[name.Name] = path
		}
	}
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		delete(needed, path[strings.LastIndex(path, "/")+1:])
	}
	var lines strings.Builder
	for name, path := range needed {
		fmt.Fprintf(&lines, "import %s %q\n", name, path)
	}
	return strings.Replace(source, "package main\n", "package main\n"+lines.String(), 1), nil
}

// used uses what statements declare and leave to what follows them, but for err.
func used(statements []ast.Stmt) string {
	var names []string
	for _, s := range statements {
		assign, ok := s.(*ast.AssignStmt)
		if !ok || assign.Tok != token.DEFINE {
			continue
		}
		for _, left := range assign.Lhs {
			if id, ok := left.(*ast.Ident); ok && id.Name != "_" && id.Name != "err" {
				names = append(names, "_ = "+id.Name+"\n")
			}
		}
	}
	return "\n" + strings.Join(names, "")
}

// errorsAreSeen wants the statement behind one that gives err to look at it.
func errorsAreSeen(statements []ast.Stmt) error {
	for i, s := range statements {
		assign, ok := s.(*ast.AssignStmt)
		if !ok || !slices.ContainsFunc(assign.Lhs, isErr) {
			continue
		}
		seen := false
		if i+1 < len(statements) {
			ast.Inspect(statements[i+1], func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				seen = seen || ok && isErr(e)
				return true
			})
		}
		if !seen {
			return fmt.Errorf("nobody looks at the error of statement %d", i+1)
		}
	}
	return nil
}

func isErr(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "err"
}
