package apptuit_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Every link of a page to this repository leads to a file that is there, and to a
// heading that it has.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := filesOf(t, ".md")
	if !slices.Contains(pages, "README.md") || !slices.Contains(pages, "docs/moving.md") {
		t.Fatalf("pages %q", pages)
	}
	links := 0
	for _, page := range pages {
		for _, link := range linksOf(readPage(t, page)) {
			links++
			if err := follow(t, page, link); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if links < 10 {
		t.Errorf("found %d links in %d pages", links, len(pages))
	}
}

func TestLinksAreFound(t *testing.T) {
	text := "[a](b.md) ![p](q.png \"title\") [r]: <s.md#t>\n```\n[no](link)\n```\n`[no](code)` [https](https://example.com)\n\n[ref]: other.md\n"
	if got, want := linksOf(text), []string{"b.md", "q.png", "https://example.com", "other.md"}; !slices.Equal(got, want) {
		t.Errorf("links %q, want %q", got, want)
	}
	headings := anchors("# A `Code` heading, with: marks\n\n## Twice\n\n## Twice\n\n```\n# no heading\n```\n")
	if want := []string{"a-code-heading-with-marks", "twice", "twice-1"}; !slices.Equal(headings, want) {
		t.Errorf("anchors %q, want %q", headings, want)
	}
	for _, wrong := range []string{"missing.md", "#no-such-heading", "CONTRIBUTING.md#no-such-heading", "../outside.md"} {
		if follow(t, "README.md", wrong) == nil {
			t.Errorf("%s leads somewhere", wrong)
		}
	}
}

func readPage(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

var (
	fenced     = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	codeSpan   = regexp.MustCompile("`[^`\n]*`")
	linkInline = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|(?m:^\[[^\]]+\]: <?(\S+?)>?$)`)
	headingOf  = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *#*$`)
)

// linksOf returns the targets of the links of a page, in its order.
func linksOf(text string) (links []string) {
	text = codeSpan.ReplaceAllString(fenced.ReplaceAllString(text, ""), "")
	for _, found := range linkInline.FindAllStringSubmatch(text, -1) {
		links = append(links, found[1]+found[2])
	}
	return links
}

// anchors names the headings of a page as its host does: in lower case, without
// marks, spaces as hyphens, and numbered where a name comes again.
func anchors(text string) (names []string) {
	seen := map[string]int{}
	for _, heading := range headingOf.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		name := strings.Map(anchorRune, strings.ToLower(heading[1]))
		names = append(names, name)
		if n := seen[name]; n > 0 {
			names[len(names)-1] = fmt.Sprint(name, "-", n)
		}
		seen[name]++
	}
	return names
}

func anchorRune(r rune) rune {
	switch {
	case r == ' ':
		return '-'
	case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
		return r
	}
	return -1
}

// follow says why a link leads nowhere. Links to other hosts are not followed.
func follow(t *testing.T, page, link string) error {
	t.Helper()
	target, err := url.Parse(link)
	if err != nil || target.Scheme != "" {
		return err
	}
	file := page
	if target.Path != "" {
		file = filepath.Join(filepath.Dir(page), filepath.FromSlash(target.Path))
	}
	if !filepath.IsLocal(file) {
		return fmt.Errorf("%s leads out of the repository", link)
	}
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("%s: there is no such file", link)
	}
	if target.Fragment != "" && !slices.Contains(anchors(readPage(t, filepath.ToSlash(file))), target.Fragment) {
		return fmt.Errorf("%s: %s has no such heading", link, file)
	}
	return nil
}
