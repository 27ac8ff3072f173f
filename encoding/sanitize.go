package encoding

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
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
	return 0, fmt.Errorf("%q is not a sanitise mode: use prometheus, apptuit or none", s)
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
	switch m {
	case SanitizeNone:
		return s, CheckName(s)
	case SanitizeApptuit:
		return sanitize(s, allowed, false), nil
	default:
		return sanitize(s, prometheusAllowed, true), nil
	}
}

// CheckName tells whether s can stand as a metric name or a tag key unchanged:
// Unicode letters, digits, and ".-_/". The error is [ErrName] and shows s.
func CheckName(s string) error {
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

// sanitize returns s itself when there is nothing to change: most names are
// clean.
func sanitize(s string, keep func(rune) bool, digitGuard bool) string {
	digitGuard = digitGuard && isDigit(s[0])
	if !digitGuard && isClean(s, keep) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 1)
	under := digitGuard
	if digitGuard {
		b.WriteByte('_')
	}
	for _, r := range s {
		if r == '_' || !keep(r) {
			if !under {
				b.WriteByte('_')
			}
			under = true
			continue
		}
		b.WriteRune(r)
		under = false
	}
	return b.String()
}

func isClean(s string, keep func(rune) bool) bool {
	under := false
	for _, r := range s {
		if !keep(r) || under && r == '_' {
			return false
		}
		under = r == '_'
	}
	return true
}

// quote shows at most 64 bytes of a name in an error.
func quote(s string) string {
	if len(s) > 64 {
		return strconv.Quote(s[:64]) + "..."
	}
	return strconv.Quote(s)
}
