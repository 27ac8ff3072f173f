package encoding

import "math/bits"

// commonPrefix returns how many bytes a and b begin with that are equal.
func commonPrefix[S string | []byte](a, b S) int {
	n := 0
	if len(a) >= 8 && len(b) >= 8 {
		if x := word(a) ^ word(b); x != 0 {
			return bits.TrailingZeros64(x) / 8
		}
		n = 8
	}
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// commonSuffix returns how many bytes a and b end with that are equal.
func commonSuffix(a, b string) int {
	n := 0
	if len(a) >= 8 && len(b) >= 8 {
		if x := word(a[len(a)-8:]) ^ word(b[len(b)-8:]); x != 0 {
			return bits.LeadingZeros64(x) / 8
		}
		n = 8
	}
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// word returns the first eight bytes, the first the lowest.
func word[S string | []byte](s S) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
