package wire

import (
	"encoding/base64"
	"encoding/hex"
	"hash/maphash"
	"strings"
)

const (
	// minSecret is how many letters and digits a secret has at least: fewer
	// cannot be told from other text.
	minSecret = 4
	// minPiece and maxPiece bound how many letters and digits of a secret may
	// not be shown in a row. Between them it is half of the secret.
	minPiece = 8
	maxPiece = 16
)

// A hiddenText is what no text may show, as it is compared: by its letters and
// digits alone, in lower case, written as it is, in base64 or in hexadecimal.
// It is held behind a func, which no format prints.
type hiddenText struct {
	forms func() []form
	id    uint64 // equal for equal secrets
	size  int    // bytes
	short bool   // too short to be looked for in what other clients read
}

// A form is one way to write a secret.
type form struct {
	text  string
	piece int // how many bytes of text in a row may not be shown
}

// secretSeed makes ids say nothing of a secret.
var secretSeed = maphash.MakeSeed()

func idOf(raw string) uint64 { return maphash.String(secretSeed, raw) }

// newHidden returns a secret of which no piece may be shown, or where whole is
// set not the whole.
func newHidden(raw string, whole bool) hiddenText {
	plain := letters(raw, true)
	piece := len(plain)
	if !whole {
		piece = min(piece, max(minPiece, min(halfOf(raw), maxPiece)))
	}
	forms := []form{{plain, piece}}
	// A piece of n letters and digits is n bytes at least.
	forms = append(forms, form{letters(hex.EncodeToString([]byte(raw)), false), 2 * piece})
	for shift := range 3 {
		forms = append(forms, form{base64Of(raw, shift), max(minSecret, (8*piece-10)/6)})
	}
	for i, f := range forms {
		forms[i].piece = min(f.piece, len(f.text))
	}
	return hiddenText{forms: func() []form { return forms }, id: idOf(raw), size: 8 * len(raw), short: len(plain) < minPiece}
}

// halfOf returns how many letters and digits the poorer half of a secret has: either
// half is too much to show.
func halfOf(raw string) int {
	middle := len(raw) / 2
	return min(len(letters(raw[:middle], true)), len(letters(raw[middle:], true)))
}

// base64Of returns what is the same wherever raw stands in a longer text of which
// the base64 is shown: shift is how many bytes beyond whole groups are before it.
func base64Of(raw string, shift int) string {
	text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + raw))
	first := (8*shift + 5) / 6
	last := 8 * (shift + len(raw)) / 6
	if first >= last {
		return ""
	}
	return letters(text[first:last], false)
}

// shownIn tells whether a text, of which only letters and digits are left, holds
// a piece of the secret.
func (s hiddenText) shownIn(t letterText) bool {
	for _, f := range s.forms() {
		if f.text != "" && t.holds(f) {
			return true
		}
	}
	return false
}

// letters returns the letters and digits of a text in lower case: those of ASCII,
// and where all is set the others too.
func letters(s string, all bool) string {
	s = strings.ToLower(s)
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || all && c >= 0x80 {
			b = append(b, c)
		}
	}
	return string(b)
}

// gram is how much of a text is looked up at once.
const gram = minPiece

// A letterText is a text that is searched for many secrets.
type letterText struct {
	text  string
	grams *[1 << 10]uint64 // a bit for each gram of text, by its hash
}

func newLetterText(text string) letterText {
	t := letterText{text: text, grams: new([1 << 10]uint64)}
	for i := 0; i+gram <= len(text); i++ {
		word, bit := t.place(text[i:])
		t.grams[word] |= bit
	}
	return t
}

func (t letterText) place(s string) (word int, bit uint64) {
	h := uint64(0)
	for i := range gram {
		h = h<<8 | uint64(s[i])
	}
	h = h * 0x9e3779b97f4a7c15 >> 48
	return int(h >> 6), 1 << (h & 63)
}

// holds tells whether the text has a piece of a form in it. Each piece holds one
// of the grams that are looked up.
func (t letterText) holds(f form) bool {
	if f.piece < gram {
		return strings.Contains(t.text, f.text)
	}
	for i := 0; i+gram <= len(f.text); i += f.piece - gram + 1 {
		word, bit := t.place(f.text[i:])
		if t.grams[word]&bit != 0 && t.holdsNear(f, i) {
			return true
		}
	}
	return false
}

// holdsNear tells whether the text has a piece of a form that holds the gram at i.
func (t letterText) holdsNear(f form, i int) bool {
	first, last := max(0, i+gram-f.piece), min(i, len(f.text)-f.piece)
	for j := first; j <= last; j++ {
		if strings.Contains(t.text, f.text[j:j+f.piece]) {
			return true
		}
	}
	return false
}
