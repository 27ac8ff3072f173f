package transport

import (
	"strconv"
	"strings"
	"unicode"
)

// maxText bounds what is shown of a foreign text, in characters.
const maxText = 256

// printable returns a foreign text on one line: white space is one space each,
// what cannot be printed is escaped, and the end is cut off.
func printable(s string) string {
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
		if n += len([]rune(shown)); n > maxText-len("...") {
			return b.String() + "..."
		}
		b.WriteString(shown)
		space = false
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

// plainText returns the words of an HTML page, its title where it has one, and
// other text as it is.
func plainText(s string) string {
	if !strings.HasPrefix(strings.TrimSpace(s), "<") {
		return s
	}
	if _, rest, ok := strings.Cut(s, "<title>"); ok {
		title, _, _ := strings.Cut(rest, "</title>")
		return title
	}
	var b strings.Builder
	for _, part := range strings.Split(s, "<") {
		_, words, ok := strings.Cut(part, ">")
		if ok {
			b.WriteString(words + " ")
		}
	}
	return b.String()
}
