package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Quoted returns a text that is data in quotes, escaped as Go has it: at most so
// many characters, and dots behind the quotes of one that was cut off.
func Quoted(s string, most int) string {
	var b strings.Builder
	b.WriteByte('"')
	n := 0
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		shown := strconv.Quote(s[:size])
		shown = shown[1 : len(shown)-1]
		if n += utf8.RuneCountInString(shown); n > most {
			return b.String() + `"` + more
		}
		b.WriteString(shown)
		s = s[size:]
	}
	b.WriteByte('"')
	return b.String()
}
