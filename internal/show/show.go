// Package show makes texts from outside fit to be shown: short, on one line, and
// without anything that a terminal would obey.
package show

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Max is how much is shown of any text from outside, in characters.
const Max = 256

// Line returns a text with what cannot be printed escaped. Of a long one it
// returns the beginning, at most so many characters, and dots.
func Line(s string, most int) string {
	text, cut := escaped(s, most, visible)
	if cut {
		return text + "..."
	}
	return text
}

// Quoted is Line in quotes; the dots stand behind them.
func Quoted(s string, most int) string {
	text, cut := escaped(s, most, quotable)
	if cut {
		return `"` + text + `"...`
	}
	return `"` + text + `"`
}

// escaped returns the beginning of a text, and whether there is more. It looks at
// no more of the text than it returns.
func escaped(s string, most int, sign func(string) string) (text string, cut bool) {
	var b strings.Builder
	n := 0
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		shown := sign(s[:size])
		if n += utf8.RuneCountInString(shown); n > most {
			return b.String(), true
		}
		b.WriteString(shown)
		s = s[size:]
	}
	return b.String(), false
}

func visible(char string) string {
	if r, size := utf8.DecodeRuneInString(char); unicode.IsPrint(r) && (r != utf8.RuneError || size > 1) {
		return char
	}
	return quotable(char)
}

func quotable(char string) string {
	q := strconv.Quote(char)
	return q[1 : len(q)-1]
}
