package wire

import (
	"html"
	"slices"
	"strconv"
	"strings"
)

// maxReadings bounds the ways to read a text. An honest one has a handful.
const maxReadings = 64

// decoders undo what a text may be written in: escapes of JSON and of program
// text, percents, and entities.
var decoders = []func(string) string{withoutBackslashes, withoutPercents, html.UnescapeString}

// readings returns a text as it is and all that decoding makes of it, one
// notation inside another too; false where there is no end to it.
func readings(s string) ([]string, bool) {
	all := []string{s}
	for i := 0; i < len(all); i++ {
		for _, decode := range decoders {
			r := decode(all[i])
			if slices.Contains(all, r) {
				continue
			}
			if len(all) == maxReadings {
				return nil, false
			}
			all = append(all, r)
		}
	}
	return all, true
}

func withoutBackslashes(s string) string { return decoded(s, '\\', backslash) }

func withoutPercents(s string) string { return decoded(s, '%', percent) }

// decoded replaces what begins with a mark. decode returns what stands for the
// text behind the mark, and how many bytes of it are used.
func decoded(s string, mark byte, decode func(string) (string, int)) string {
	if strings.IndexByte(s, mark) < 0 {
		return s
	}
	var b strings.Builder
	for {
		at := strings.IndexByte(s, mark)
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		meant, used := decode(s[at+1:])
		b.WriteString(s[:at] + meant)
		s = s[at+1+used:]
	}
}

// backslash knows \u0041, \u{41}, \U00000041, \x41, \101, \n, and \/ for /.
func backslash(s string) (meant string, used int) {
	if s == "" {
		return `\`, 0
	}
	switch s[0] {
	case 'u':
		if end := strings.IndexByte(s, '}'); strings.HasPrefix(s, "u{") && end > 0 {
			return number(s[2:end], 16, end+1)
		}
		return digits(s, 1, 4)
	case 'U':
		return digits(s, 1, 8)
	case 'x':
		return digits(s, 1, 2)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		if len(s) >= 3 {
			return number(s[:3], 8, 3)
		}
	case 'a', 'b', 'f', 'n', 'r', 't', 'v':
		return " ", 1
	}
	return s[:1], 1
}

// percent knows %41 and %u0041.
func percent(s string) (meant string, used int) {
	if strings.HasPrefix(s, "u") {
		return digits(s, 1, 4)
	}
	if len(s) < 2 {
		return "%", 0
	}
	code, err := strconv.ParseUint(s[:2], 16, 8)
	if err != nil {
		return "%", 0
	}
	return string([]byte{byte(code)}), 2
}

// digits reads n hexadecimal digits from a place on.
func digits(s string, from, n int) (meant string, used int) {
	if len(s) < from+n {
		return "", 0
	}
	return number(s[from:from+n], 16, from+n)
}

// number returns the character of a number; where it is none, only the mark goes.
func number(s string, base, used int) (string, int) {
	code, err := strconv.ParseUint(s, base, 31)
	if err != nil {
		return "", 0
	}
	return string(rune(code)), used
}
