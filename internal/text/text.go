package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Max bounds what is shown of a foreign text, in characters.
const Max = 256

const more = "..."

// Line returns a text on one line: white space is one space each, what cannot be
// printed is escaped, and the end is cut off.
func Line(s string) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = n > 0
			continue
		}
		shown := visible(r)
		if space {
			shown = " " + shown
		}
		if n += utf8.RuneCountInString(shown); n > Max-len(more) {
			return b.String() + more
		}
		b.WriteString(shown)
		space = false
	}
	return b.String()
}

// Field returns a text that is data, such as a name: its spaces stay, what cannot
// be printed is escaped, and the end is cut off.
func Field(s string) string {
	if len(s) <= Max && !strings.ContainsFunc(s, func(r rune) bool { return visible(r) != string(r) }) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		shown := visible(r)
		if n += utf8.RuneCountInString(shown); n > Max-len(more) {
			return b.String() + more
		}
		b.WriteString(shown)
	}
	return b.String()
}

func visible(r rune) string {
	if unicode.IsPrint(r) && r != unicode.ReplacementChar {
		return string(r)
	}
	quoted := strconv.QuoteRuneToASCII(r)
	return quoted[1 : len(quoted)-1]
}

// Cut returns the beginning of a text, at most n bytes, whole characters.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
