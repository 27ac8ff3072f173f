package encoding

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxShown bounds what is shown of a name, a key or a value, in characters.
	maxShown = 256
	// maxQuoted bounds it in errors, of which most are told on one line.
	maxQuoted = 64
	// maxSeries bounds what is shown of a series before its last tag.
	maxSeries = 2048
)

// quote shows the beginning of a foreign text in an error.
func quote(s string) string { return quoted(s, maxQuoted) }

// quoted returns at most so many characters of a text in quotes, and dots behind
// what was cut off.
func quoted(s string, most int) string {
	text, cut := escaped(s, most)
	if cut {
		return `"` + text + `"...`
	}
	return `"` + text + `"`
}

// escaped returns at most so many characters of a text, those escaped that cannot
// be printed, and whether something was cut off.
func escaped(s string, most int) (text string, cut bool) {
	var b strings.Builder
	n := 0
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		sign := strconv.Quote(s[:size])
		sign = sign[1 : len(sign)-1]
		if n += utf8.RuneCountInString(sign); n > most {
			return b.String(), true
		}
		b.WriteString(sign)
		s = s[size:]
	}
	return b.String(), false
}

// shown returns a name for people.
func shown(name string) string {
	text, cut := escaped(name, maxShown)
	if cut {
		return text + "..."
	}
	return text
}
