package main

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// printable returns a foreign text without what could steer a terminal.
func printable(s string) string {
	if strings.IndexFunc(s, steers) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if !steers(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

const (
	maxText    = 256  // characters of a foreign text
	maxMessage = 1000 // of a line of several
)

// short returns a foreign text as it may be shown.
func short(s string) string { return clip(printable(s[:min(len(s), 4*maxText)]), maxText) }

// clip returns at most n characters.
func clip(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "..."
		}
	}
	return s
}

func steers(r rune) bool { return !unicode.IsPrint(r) }

// number writes whole numbers whole, and others with six digits.
func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// plural writes a count.
func plural(n int, one string) string {
	text := strconv.Itoa(n) + " " + one
	if n == 1 || strings.HasSuffix(one, "series") {
		return text
	}
	return text + "s"
}
