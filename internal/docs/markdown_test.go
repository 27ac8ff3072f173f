package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// skipUnlessNative leaves to one architecture what is the same on each: the go command
// would build all of it for GOARCH anew.
func skipUnlessNative(t *testing.T) {
	t.Helper()
	if os.Getenv("GOARCH") != "" {
		t.Skip("blocks are run where GOARCH is not set")
	}
}

// A block is what stands between two fences of a page.
type block struct {
	page     string // its path below the repository
	line     int    // of the first line of text
	language string
	text     string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// pages are the texts for users, by their paths below the repository.
func pages(t *testing.T) (paths []string) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "*/README.md"} {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			below, err := filepath.Rel("../..", path)
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, filepath.ToSlash(below))
		}
	}
	if len(paths) < 5 {
		t.Fatalf("only the pages %q were found", paths)
	}
	return paths
}

// blocks returns the fenced blocks of all pages in one language.
func blocks(t *testing.T, language string) (all []block) {
	t.Helper()
	for _, page := range pages(t) {
		text, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range fenced(page, string(text)) {
			if b.language == language {
				all = append(all, b)
			}
		}
	}
	return all
}

func fenced(page, text string) (all []block) {
	var open *block
	line := 0
	for l := range strings.Lines(text) {
		line++
		fence, isFence := strings.CutPrefix(l, "```")
		if isFence && open == nil {
			open = &block{page: page, line: line + 1, language: strings.TrimSpace(fence)}
		} else if isFence {
			all, open = append(all, *open), nil
		} else if open != nil {
			open.text += l
		}
	}
	return all
}
