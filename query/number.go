package query

import (
	"math"
	"strconv"
)

var isNumberByte = func() (is [256]bool) {
	for _, c := range []byte("0123456789+-.eE") {
		is[c] = true
	}
	return is
}()

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits returns how many digits s begins with.
func digits(s []byte) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// validNumber tells whether a token is a JSON number, of any size.
func validNumber(token []byte) bool {
	if len(token) > 0 && token[0] == '-' {
		token = token[1:]
	}
	n := digits(token)
	if n == 0 || n > 1 && token[0] == '0' {
		return false
	}
	if token = token[n:]; len(token) > 0 && token[0] == '.' {
		n = digits(token[1:])
		token = token[1+n:]
		if n == 0 {
			return false
		}
	}
	return len(token) == 0 || validExponent(token)
}

func validExponent(token []byte) bool {
	if token[0]|0x20 != 'e' {
		return false
	}
	if token = token[1:]; len(token) > 0 && (token[0] == '+' || token[0] == '-') {
		token = token[1:]
	}
	return len(token) > 0 && digits(token) == len(token)
}

// parseFloat reads a JSON number; ok is false where it is none, or too large.
func parseFloat(token []byte) (f float64, ok bool) {
	if !validNumber(token) {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(token), 64)
	return f, err == nil
}

// maxMilli is the end of the year 9999.
const maxMilli = 253_402_300_799_999

// parseTime reads a time: seconds, with a fraction perhaps, or milliseconds
// where they do not fit in 32 bits. It returns milliseconds; ok is false beyond
// the year 9999.
func parseTime(token []byte) (ms int64, ok bool) {
	f, ok := parseFloat(token)
	if !ok {
		return 0, false
	}
	if math.Abs(f) <= math.MaxUint32 {
		f *= 1000
	}
	return int64(math.Round(f)), math.Abs(f) <= maxMilli
}
