package arrow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/query"
)

// reader is a reader of Parquet that shares nothing with the writer.
const reader = "hyparquet@1.33.0"

// otherReader installs the reader in a folder of its own, beside the script that
// uses it, and returns what reads a file. Without node, npm or a registry the test is
// skipped, and fails where CI is set.
func otherReader(t *testing.T) (read func(file string) []string) {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("CI") != "" {
		missing = t.Fatalf
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing("%v: apt-get install -y nodejs npm brings it", err)
		}
	}
	home := t.TempDir()
	if out, err := run(t, "npm", "install", "--prefix", home, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", reader); err != nil {
		missing("npm does not install %s: %v: %s", reader, err, out)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "read.mjs"))
	must(t, err)
	script := filepath.Join(home, "read.mjs")
	must(t, os.WriteFile(script, text, 0o600))
	return func(file string) []string {
		out, err := run(t, "node", script, file)
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	}
}

func run(t *testing.T, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// jsonRows returns the rows that a long frame should have, as the script writes them.
func jsonRows(f *query.Frame) (rows []string) {
	for output, s := range f.Series() {
		var texts []any
		if f.Outputs() > 1 {
			texts = append(texts, output)
		}
		texts = append(texts, s.Metric)
		for _, key := range f.TagKeys() {
			if value, ok := s.Tags[key]; ok {
				texts = append(texts, value)
				continue
			}
			texts = append(texts, nil)
		}
		for _, p := range s.Points {
			rows = append(rows, text(append(append([]any{p.UnixMilli}, texts...), exact(p.Value))))
		}
	}
	return rows
}

// exact returns a value as the script does: JSON has no number for some.
func exact(v float64) any {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		return strings.TrimPrefix(fmt.Sprintf("%vinity", v), "+")
	case v == 0 && math.Signbit(v):
		return "-0"
	}
	return v
}

// text writes JSON as JavaScript does.
func text(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// same tells whether two texts of JSON mean the same.
func same(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && text(x) == text(y)
}

// Another reader finds in long Parquet what was written, and groups it by a tag.
func TestLongParquetIsReadByOthers(t *testing.T) {
	read := otherReader(t)
	frames := longFrames()
	frames["hosts"] = func() *query.Frame { return hosts(3, 7) }
	for name, frame := range frames {
		for _, opts := range [][]Option{{Long()}, {Long(), WithCompression(Uncompressed)}, {Long(), WithRowGroup(1000)}} {
			f := frame()
			file := filepath.Join(t.TempDir(), "long.parquet")
			var b bytes.Buffer
			must(t, WriteParquet(&b, f, opts...))
			must(t, os.WriteFile(file, b.Bytes(), 0o600))
			lines := read(file)
			want := []string{text(columnNames(f))}
			want = append(want, jsonRows(f)...)
			if got := lines[:len(lines)-1]; !slices.EqualFunc(got, want, same) {
				t.Errorf("%s: %d rows, want %d\n%.300q\n%.300q", name, len(got), len(want), got, want)
			}
			if name == "hosts" && !same(lines[len(lines)-1], text(sums(f))) {
				t.Errorf("grouped: %s, want %s", lines[len(lines)-1], text(sums(f)))
			}
		}
	}
}

func columnNames(f *query.Frame) (names []string) {
	for _, field := range Schema(f, Long()).Fields() {
		names = append(names, field.Name)
	}
	return names
}

func sums(f *query.Frame) map[string]float64 {
	all := map[string]float64{}
	for _, s := range f.Series() {
		for _, p := range s.Points {
			all[s.Tags["host"]] += p.Value
		}
	}
	return all
}
