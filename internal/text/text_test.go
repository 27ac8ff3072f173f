package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		" a \r\n\t b ":              "a b",
		"a\x00b\x1b[31m\u202e\xff":  `a\x00b\x1b[31m\u202e` + `\ufffd`,
		strings.Repeat("é", 300):    strings.Repeat("é", 253) + "...",
		strings.Repeat("\x01", 300): strings.Repeat(`\x01`, 63) + "...",
	} {
		if got := Line(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestField(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		" a  b ":                 " a  b ",
		"a\nb\x1b[31m\u202e\xff": `a\nb\x1b[31m\u202e\ufffd`,
		strings.Repeat("é", 128): strings.Repeat("é", 128),
		strings.Repeat("x", 300): strings.Repeat("x", 253) + "...",
	} {
		if got := Field(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for n, want := range []string{"", "a", "a", "aé", "aé"} {
		if got := Cut("aé", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := Cut("\x80\x80\x80", 2); got != "" {
		t.Errorf("%q", got)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\x00 \u202e\xff <p>")
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{Line(s), Field(s)} {
			control := strings.ContainsFunc(got, func(r rune) bool { return r < ' ' })
			if utf8.RuneCountInString(got) > Max || !utf8.ValidString(got) || control {
				t.Fatalf("%q becomes %q", s, got)
			}
		}
	})
}

// The first words of what a server says are told, and never half a word.
func TestBeginning(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"a b":                                  "a b",
		strings.Repeat("x", 4096):              strings.Repeat("x", 4096),
		strings.Repeat("x", 4097):              "",
		"a " + strings.Repeat("x", 4096):       "a",
		strings.Repeat(" ", 4090) + "password": strings.Repeat(" ", 4089),
	} {
		if got := Beginning(text); got != want {
			t.Errorf("%.20q...: %.20q", text, got)
		}
	}
}
