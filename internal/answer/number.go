package answer

import "math"

var isNumberByte = func() (is [256]bool) {
	for _, c := range []byte("0123456789+-.eE") {
		is[c] = true
	}
	return is
}()

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// validNumber tells whether a token is a JSON number, of any size.
func validNumber(token []byte) bool {
	_, end := scanDecimal(token, 0)
	return end > 0 && end == len(token)
}

// MaxMilli is the end of the year 9999.
const MaxMilli = 253_402_300_799_999

// ParseTime reads a time: seconds, with a fraction perhaps, or milliseconds
// where they do not fit in 32 bits. It returns milliseconds; ok is false beyond
// the year 9999.
func ParseTime(token []byte) (ms int64, ok bool) {
	f, ok := ParseFloat(token)
	if !ok {
		return 0, false
	}
	return milliseconds(f)
}

func milliseconds(f float64) (ms int64, ok bool) {
	if math.Abs(f) <= math.MaxUint32 {
		f *= 1000
	}
	return int64(math.Round(f)), math.Abs(f) <= MaxMilli
}
