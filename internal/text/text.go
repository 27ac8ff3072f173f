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
		if space {
			n++
		}
		if n += width(r); n > Max-len(more) {
			return b.String() + more
		}
		if space {
			b.WriteByte(' ')
		}
		write(&b, r)
		space = false
	}
	return b.String()
}

// Field returns a text that is data, such as a name: its spaces stay, what cannot
// be printed is escaped, and the end is cut off.
func Field(s string) string {
	if len(s) <= Max && !strings.ContainsFunc(s, func(r rune) bool { return !printable(r) }) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n += width(r); n > Max-len(more) {
			return b.String() + more
		}
		write(&b, r)
	}
	return b.String()
}

func printable(r rune) bool {
	return r >= ' ' && r < 0x7f || unicode.IsPrint(r) && r != unicode.ReplacementChar
}

// width is how many characters r is written as.
func width(r rune) int {
	if printable(r) {
		return 1
	}
	return len(escape(r))
}

func write(b *strings.Builder, r rune) {
	if printable(r) {
		b.WriteRune(r)
		return
	}
	b.WriteString(escape(r))
}

func escape(r rune) string {
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

// Beginning returns the first words of a text, at most 4 KiB, and no half word: that may be
// part of a secret, which is known only as a whole.
func Beginning(s string) string {
	const most = 4 << 10
	if len(s) <= most {
		return s
	}
	s = s[:most]
	return s[:max(0, strings.LastIndexAny(s, " \t\r\n"))]
}
