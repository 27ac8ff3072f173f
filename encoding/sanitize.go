package encoding

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"

	foreign "github.com/apptuitai/apptuit-go/internal/text"
)

// A SanitizeMode says what happens to a character that a metric name or a tag
// key may not hold. Tag values are never touched.
type SanitizeMode uint8

const (
	// SanitizePrometheus, the default, keeps [a-zA-Z0-9_]. Each other
	// character becomes "_", runs of "_" become one, and a name that starts
	// with a digit gets a "_" in front.
	SanitizePrometheus SanitizeMode = iota
	// SanitizeApptuit keeps Unicode letters, digits and ".-_/". Each other
	// character becomes "_", and runs of "_" become one.
	SanitizeApptuit
	// SanitizeNone changes nothing: a name with a character other than those
	// that SanitizeApptuit keeps is refused.
	SanitizeNone
)

var modeNames = [...]string{"prometheus", "apptuit", "none"}

// ParseSanitizeMode reads "prometheus", "apptuit" or "none".
func ParseSanitizeMode(s string) (SanitizeMode, error) {
	for i, name := range modeNames {
		if s == name {
			return SanitizeMode(i), nil
		}
	}
	return 0, fmt.Errorf("%s is not a sanitise mode: use prometheus, apptuit or none", quote(s))
}

// String returns what [ParseSanitizeMode] reads.
func (m SanitizeMode) String() string {
	if !m.Valid() {
		return "SanitizeMode(" + strconv.Itoa(int(m)) + ")"
	}
	return modeNames[m]
}

// Valid reports whether m is one of the modes.
func (m SanitizeMode) Valid() bool { return int(m) < len(modeNames) }

// Name returns s as the mode writes it. An empty name, and in SanitizeNone a
// name with a character that is not allowed, is an error that is [ErrName].
func (m SanitizeMode) Name(s string) (string, error) {
	if s == "" {
		return "", fmt.Errorf("%w: it is empty", ErrName)
	}
	if m == SanitizeNone {
		return s, checkName(s)
	}
	if m.keeps(s) {
		return s, nil
	}
	return string(m.appendName(make([]byte, 0, len(s)+1), s)), nil
}

// checkName tells whether s can stand as a metric name or a tag key unchanged:
// Unicode letters, digits, and ".-_/". The error is [ErrName] and shows s.
func checkName(s string) error {
	if s == "" {
		return fmt.Errorf("%w: it is empty", ErrName)
	}
	for i, r := range s {
		if !allowed(r) {
			return fmt.Errorf("%w: %s holds %s at byte %d; letters, digits and .-_/ are allowed",
				ErrName, quote(s), strconv.QuoteRune(r), i)
		}
	}
	return nil
}

func allowed(r rune) bool {
	if r < 0x80 {
		return prometheusAllowed(r) || r == '.' || r == '-' || r == '/'
	}
	return r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func prometheusAllowed(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// ascii holds, by mode, which ASCII characters stand as they are.
var ascii = func() (t [2][utf8.RuneSelf]bool) {
	for r := range rune(utf8.RuneSelf) {
		t[SanitizePrometheus][r] = prometheusAllowed(r)
		t[SanitizeApptuit][r] = allowed(r)
	}
	return t
}()

// table returns the mode's part of ascii.
func (m SanitizeMode) table() *[utf8.RuneSelf]bool {
	if m == SanitizeApptuit {
		return &ascii[SanitizeApptuit]
	}
	return &ascii[SanitizePrometheus]
}

// keeps reports whether the mode, which is not SanitizeNone, leaves a name as it
// is. Only one of ASCII is found to be left so: most are.
func (m SanitizeMode) keeps(s string) bool {
	t := m.table()
	if isDigit(s[0]) && m != SanitizeApptuit {
		return false
	}
	under := false
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || !t[c] || under && c == '_' {
			return false
		}
		under = c == '_'
	}
	return true
}

// appendName appends a name as the mode writes it, which is not SanitizeNone.
func (m SanitizeMode) appendName(dst []byte, s string) []byte {
	t := m.table()
	under := false
	if isDigit(s[0]) && m != SanitizeApptuit {
		dst, under = append(dst, '_'), true
	}
	for i := 0; i < len(s); {
		c, size := s[i], 1
		keep := c < utf8.RuneSelf && t[c]
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			keep = m == SanitizeApptuit && allowed(r)
		}
		switch {
		case !keep || c == '_':
			if !under {
				dst = append(dst, '_')
			}
			under = true
		case size == 1:
			dst, under = append(dst, c), false
		default:
			dst, under = append(dst, s[i:i+size]...), false
		}
		i += size
	}
	return dst
}

// maxQuoted is how much of a name an error shows, for most are told on one line.
const maxQuoted = 64

// quote shows the beginning of a name in an error.
func quote(s string) string { return foreign.Quoted(s, maxQuoted) }
