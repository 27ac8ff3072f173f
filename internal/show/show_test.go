package show

import (
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	for _, tt := range []struct {
		text         string
		most         int
		line, quoted string
	}{
		{"", 5, "", `""`},
		{"a b", 5, "a b", `"a b"`},
		{"é日", 2, "é日", `"é日"`},
		{"é日x", 2, "é日...", `"é日"...`},
		{`"\`, 9, `"\`, `"\"\\"`},
		{"\x1b[31m\n\u202e\xff", 99, `\x1b[31m\n\u202e\xff`, `"\x1b[31m\n\u202e\xff"`},
		{"ab\x1b", 5, "ab...", `"ab"...`},
		{"\ufffd", 5, "\ufffd", "\"\ufffd\""},
		{strings.Repeat("x", 1<<20), 3, "xxx...", `"xxx"...`},
	} {
		if got := Line(tt.text, tt.most); got != tt.line {
			t.Errorf("%.20q: line %s, want %s", tt.text, got, tt.line)
		}
		if got := Quoted(tt.text, tt.most); got != tt.quoted {
			t.Errorf("%.20q: quoted %s, want %s", tt.text, got, tt.quoted)
		}
	}
}
