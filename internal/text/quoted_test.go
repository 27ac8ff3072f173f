package text

import (
	"strings"
	"testing"
)

func TestQuoted(t *testing.T) {
	for _, tt := range []struct {
		text string
		most int
		want string
	}{
		{"", 5, `""`},
		{"a b", 3, `"a b"`},
		{"é日", 2, `"é日"`},
		{"é日x", 2, `"é日"...`},
		{`"\`, 9, `"\"\\"`},
		{"\x1b[31m\n\u202e\xff", 99, `"\x1b[31m\n\u202e\xff"`},
		{"ab\x1b", 5, `"ab"...`},
		{strings.Repeat("x", 1<<20), 3, `"xxx"...`},
	} {
		if got := Quoted(tt.text, tt.most); got != tt.want {
			t.Errorf("%.20q: %s, want %s", tt.text, got, tt.want)
		}
	}
}
