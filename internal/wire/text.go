package wire

import "strings"

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
