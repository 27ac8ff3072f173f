package apptuit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// publicPackages are the directories of what a program may import.
var publicPackages = []string{".", "apptuittest", "autoexport", "cmd/apptuit/live", "collector/apptuitexporter", "collector/opentsdbreceiver", "encoding", "query", "query/arrow", "query/promapi", "transport"}

// nameLimits bound the exported names of packages: functions, types, constants,
// variables and methods.
var nameLimits = map[string]int{"apptuittest": 50, "encoding": 70, "transport": 54}

// allNames bounds those of all public packages together.
const allNames = 400

// An exportedName is one name of a package; of is the type of a method.
type exportedName struct{ of, name string }

func (n exportedName) String() string {
	if n.of == "" {
		return n.name
	}
	return n.of + "." + n.name
}

// exportedNames returns what a package declares for others.
func exportedNames(t *testing.T, dir string) []exportedName {
	t.Helper()
	var names []exportedName
	for name := range declarations(t, dir) {
		names = append(names, name)
	}
	return names
}

// declarations returns the exported names of a package and what declares each.
func declarations(t *testing.T, dir string) map[exportedName]ast.Node {
	t.Helper()
	all := map[exportedName]ast.Node{}
	for file, tree := range repository(t) {
		if path.Dir(file) != dir || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, d := range tree.Decls {
			declared(d, func(n exportedName, node ast.Node) {
				if ast.IsExported(n.name) && (n.of == "" || ast.IsExported(n.of)) {
					all[n] = node
				}
			})
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s declares nothing", dir)
	}
	return all
}

func declared(d ast.Decl, add func(exportedName, ast.Node)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		add(exportedName{receiver(d), d.Name.Name}, d.Type)
	case *ast.GenDecl:
		var typeOfConsts ast.Node
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				add(exportedName{"", spec.Name.Name}, spec.Type)
			case *ast.ValueSpec:
				if spec.Type != nil || spec.Values != nil {
					typeOfConsts = spec
				}
				for _, name := range spec.Names {
					add(exportedName{"", name.Name}, typeOfConsts)
				}
			}
		}
	}
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	of := d.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if generic, ok := of.(*ast.IndexExpr); ok {
		of = generic.X
	}
	return of.(*ast.Ident).Name
}

// repository returns the trees of all Go files of this repository by their paths,
// which have slashes.
func repository(t *testing.T) map[string]*ast.File {
	t.Helper()
	all, err := parseRepository()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var parseRepository = sync.OnceValues(func() (map[string]*ast.File, error) {
	paths, err := findFiles(".go")
	if err != nil {
		return nil, err
	}
	all := map[string]*ast.File{}
	for _, path := range paths {
		if all[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution); err != nil {
			return nil, err
		}
	}
	return all, nil
})

func TestNamesAreFew(t *testing.T) {
	total := 0
	for _, dir := range publicPackages {
		n := len(exportedNames(t, dir))
		total += n
		if limit, bounded := nameLimits[dir]; bounded {
			t.Run(dir, func(t *testing.T) { wantFew(t, n, limit) })
		}
	}
	t.Run("all", func(t *testing.T) { wantFew(t, total, allNames) })
}

func wantFew(t *testing.T, n, limit int) {
	t.Helper()
	if n > limit {
		t.Errorf("%d exported names, and the limit is %d", n, limit)
	}
}

// everyNameUsed are the packages each of whose names has to be used by who uses
// the package: by another package, an example, a test elsewhere, or the README.
var everyNameUsed = []string{".", "encoding", "apptuittest", "transport", "query", "query/arrow", "query/promapi", "cmd/apptuit/live"}

// foreignCallers are methods that other libraries call.
var foreignCallers = []string{"Error", "Format", "Is", "LogValue", "MarshalText", "ServeHTTP", "String", "Unwrap"}

// usedWithin are names that nobody here uses from outside, and why they are there.
var usedWithin = map[string]string{
	"..WithAggregationSelector":   "root's own tests use it",
	"..WithXCollector":            "root's own tests use it",
	"..Version":                   "a program's own logs name it",
	"..WithInsecure":              "an option beside those that are tested: transport tests what it does",
	"..WithMillisecondTimestamps": "an option beside those that are tested: transport tests what it does",
	"..ErrUnknownAggregation":     "a reason in Stats and errors, beside those that are tested",
	"..ErrTooManyBuckets":         "a reason in Stats and errors, beside those that are tested",
	"..Exporter.Aggregation":      "OpenTelemetry's reader calls it",
	"encoding.ErrPointTooLarge":   "a reason in Stats and errors, beside those that are tested",
	"transport.ErrUnreadable":     "a reason in errors, beside those that are tested",
	"query.NotEqual":              "an operator beside Equal",
	"query.Min":                   "an aggregation beside Avg",
	"query.NotMatch":              "an operator beside Match",
	"query.First":                 "an aggregation beside Avg",
	"query.Last":                  "an aggregation beside Avg",
	"query.WithUnixTimes":         "an option of WriteCSV",
	"query.DefaultTimeout":        "the figure that a doc names",
	"query/arrow.LZ4":             "a compression beside Zstd",
	"query/arrow.Snappy":          "a compression beside Zstd",
	"query/arrow.MetricKey":       "a name in the files that are written",
	"query/arrow.TagPrefix":       "a name in the files that are written",
	"query/arrow.TimeColumn":      "a name in the files that are written",
}

func TestNamesAreUsed(t *testing.T) {
	for _, dir := range everyNameUsed {
		declared, uses := declarations(t, dir), usesOf(t, dir)
		for n := range declared {
			key := dir + "." + n.String()
			_, excepted := usedWithin[key]
			used := uses[n.name] || n.of != "" && slices.Contains(foreignCallers, n.name) || n.of == "" && mentioned(n, declared, uses)
			if !used && !excepted {
				t.Errorf("%s is used by no example, no test elsewhere and not in the README", key)
			}
			if used && excepted {
				t.Errorf("%s is used: take it out of usedWithin", key)
			}
		}
		for key := range usedWithin {
			if of, ok := strings.CutPrefix(key, dir+"."); ok && !slices.ContainsFunc(exportedNames(t, dir), func(n exportedName) bool { return n.String() == of }) {
				t.Errorf("%s is in usedWithin and does not exist", key)
			}
		}
	}
}

// mentioned reports whether a type is part of what declares a name that is used.
func mentioned(name exportedName, declared map[exportedName]ast.Node, uses map[string]bool) bool {
	for n, node := range declared {
		if n == name || !uses[n.name] || node == nil {
			continue
		}
		found := n.of == name.name
		ast.Inspect(node, func(node ast.Node) bool {
			id, isName := node.(*ast.Ident)
			found = found || isName && id.Name == name.name
			return true
		})
		if found {
			return true
		}
	}
	return false
}

// usesOf returns the names that other packages, examples, tests and the README use
// of a package: those behind its own name, and in files that import it those
// of all fields and methods.
func usesOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	importPath, uses := strings.TrimSuffix(modulePath+"/"+dir, "/."), map[string]bool{}
	for file, tree := range repository(t) {
		if own := path.Dir(file) == dir; !own || strings.HasSuffix(file, "_test.go") {
			addUses(tree, importPath, uses)
		}
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(strings.Replace(filepath.Base(dir), ".", "apptuit", 1)+`\.([A-Z]\w*)`).FindAllSubmatch(readme, -1) {
		uses[string(found[1])] = true
	}
	return uses
}

// addUses adds the names behind a dot in a file that imports the package of that
// path. Its own tests do not import it, but for its examples.
func addUses(file *ast.File, path string, uses map[string]bool) {
	imported := map[string]bool{}
	for _, spec := range file.Imports {
		value := strings.Trim(spec.Path.Value, `"`)
		name := value[strings.LastIndex(value, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imported[name] = value == path
	}
	own := false
	for _, is := range imported {
		own = own || is
	}
	if !own {
		return
	}
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, isName := selector.X.(*ast.Ident); isName {
			if is, isPackage := imported[x.Name]; isPackage && !is {
				return true
			}
		}
		uses[selector.Sel.Name] = true
		return true
	})
}

// mostMethods bounds the methods of a type.
const mostMethods = 25

func TestTypesAreSmall(t *testing.T) {
	methods := map[string]int{}
	for file, tree := range repository(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, decl := range tree.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil {
				methods[path.Dir(file)+"."+receiver(f)]++
			}
		}
	}
	if len(methods) < 100 {
		t.Errorf("only %d types were found", len(methods))
	}
	for name, n := range methods {
		if n > mostMethods {
			t.Errorf("%s has %d methods, and the limit is %d", name, n, mostMethods)
		}
	}
}
