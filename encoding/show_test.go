package encoding

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// What a program, or who sends to it, may use as a name or a value.
var unshowable = []string{
	strings.Repeat("x", 1<<20), strings.Repeat("é", 1<<16), strings.Repeat("\x1b[31m", 1<<16), strings.Repeat("\xff", 1<<16),
	strings.Repeat("\U0010ffff", 1000), strings.Repeat("\u202e", 1000), strings.Repeat("\"\n", 1000), strings.Repeat("\x00", 61), "\x7f\u0085\u2028\ufeff",
}

// No error, and no series that one tells of, shows more of a text than its
// beginning, and that escaped.
func TestErrorsShowLittle(t *testing.T) {
	for _, s := range unshowable {
		texts := []string{checkName(s + "*").Error()}
		add := func(err error) {
			if err != nil {
				texts = append(texts, err.Error())
			}
		}
		for _, mode := range []SanitizeMode{SanitizeNone, SanitizeApptuit, SanitizePrometheus} {
			_, err := NewName(mode, s)
			add(err)
			_, err = NewSeries(mode, s)
			add(err)
			_, err = NewSeries(mode, "m", Tag{s, "v"})
			add(err)
		}
		_, err := ParseSanitizeMode(s)
		add(err)
		_, err = ParseCompression(s)
		add(err)
		for _, n := range []Notation{NotationBrackets, NotationJSON} {
			_, err = EncodeMetric(n, "{"+s, Tag{s, s})
			add(err)
			_, err = EncodeMetric(n, "m", Tag{":" + s, s}, Tag{":" + s, s})
			add(err)
		}
		for _, text := range []string{s + "{", s + "[", `m{"a":` + s, "m[" + s, "m[a:" + s, `m{"a":"b"}` + s, `m{"a":"` + s, " " + s} {
			_, _, err = DecodeMetric(text)
			add(err)
		}
		if len(texts) < 10 {
			t.Errorf("%d errors of %.20q", len(texts), s)
		}
		for _, text := range texts {
			wantShowable(t, text, 700)
		}
	}
}

func TestSeriesShowsLittle(t *testing.T) {
	for _, s := range unshowable {
		wantShowable(t, mustSeries(t, SanitizeApptuit, "m", Tag{"k", s}).String(), 300)
		wantShowable(t, mustSeries(t, SanitizeApptuit, "m"+s, Tag{"k" + s, s}, Tag{"l", "v"}).String(), 900)
	}
	many := []Tag{}
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		many = append(many, Tag{string(c), strings.Repeat("v", 1000)})
	}
	wantShowable(t, mustSeries(t, SanitizeApptuit, "m", many...).String(), 2500)
}

// wantShowable checks a text that people see: it is short, on one line, and holds
// nothing that a terminal would obey.
func wantShowable(t *testing.T, text string, most int) {
	t.Helper()
	bad := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	if n := utf8.RuneCountInString(text); n > most || bad >= 0 {
		t.Errorf("%d characters, at most %d wanted, one to escape at %d: %.300q", n, most, bad, text)
	}
}
