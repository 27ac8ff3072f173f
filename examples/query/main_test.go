package main

import (
	"bytes"
	"encoding/csv"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

func TestRun(t *testing.T) {
	t.Setenv(endpointVariable, "")
	t.Setenv(tokenVariable, "forgotten")
	dir := filepath.Join(t.TempDir(), "new")
	var out bytes.Buffer
	if err := run(t.Context(), &out, []string{dir}); err != nil {
		t.Fatal(err)
	}
	table, picture := filepath.Join(dir, "greenhouse.csv"), filepath.Join(dir, "greenhouse.png")
	points := filepath.Join(dir, "greenhouse.parquet")
	for _, part := range []string{"is not used", "cacti", "tomatoes", table, points, picture} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the output lacks %q:\n%s", part, out.String())
		}
	}
	if strings.Contains(out.String(), "forgotten") {
		t.Error("the output shows the token")
	}
	if rows, err := csv.NewReader(open(t, table)).ReadAll(); err != nil || len(rows) < 140 || len(rows[0]) != 1+len(beds) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if text, err := os.ReadFile(points); err != nil || !bytes.HasPrefix(text, []byte("PAR1")) || !bytes.HasSuffix(text, []byte("PAR1")) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if _, err := png.Decode(open(t, picture)); err != nil {
		t.Error(err)
	}
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// A store of the environment gets no points, and may have none to show.
func TestRunAgainstTheEnvironment(t *testing.T) {
	store := apptuittest.NewServer(apptuittest.WithToken("secret"))
	defer store.Close()
	t.Setenv(endpointVariable, store.URL)
	t.Setenv(tokenVariable, "secret")
	var out bytes.Buffer
	if err := run(t.Context(), &out, []string{t.TempDir()}); err != nil || !strings.Contains(out.String(), "nothing to show") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if len(store.Points()) > 0 {
		t.Error("it sent points")
	}
}
