package encoding

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A number is the text of a value, eight bytes to a word, the first the lowest.
// Behind the text are zeros. It is made without a look at memory or a branch on
// the digits where it can be: numbers are most of what is new in a point.
type number struct {
	words [4]uint64
	n     int
}

// lastNumbers are the values of a point and of the one before, in turn.
type lastNumbers [2]number

// of returns the value of a point by its number, the last or the one before.
func (l *lastNumbers) of(point int) *number { return &l[point&1] }

// maxWord is the first integer that takes more than a word, and maxTwo the first
// that takes more than two.
const (
	maxWord = 100_000_000
	maxTwo  = maxWord * maxWord
)

// set writes a finite value.
func (t *number) set(v Value) {
	if !v.float {
		if v.bits < maxTwo {
			t.setInteger(v.bits)
			return
		}
	} else if t.setDecimal(math.Float64frombits(v.bits)) {
		return
	}
	var room [len(t.words) * 8]byte
	t.n = len(appendValue(room[:0], v))
	for i := range t.words {
		t.words[i] = binary.LittleEndian.Uint64(room[8*i:])
	}
}

// setInteger writes u, which is below maxTwo.
func (t *number) setInteger(u uint64) {
	if u < maxWord {
		x, n := trimZeros(eightDigits(u))
		*t = number{words: [4]uint64{x}, n: n}
		return
	}
	x, n := trimZeros(eightDigits(u / maxWord))
	*t = number{words: [4]uint64{x}, n: n}
	t.put(eightDigits(u%maxWord), 8)
}

// setDecimal writes a number of up to eight digits before the point and six
// behind it, and reports whether f is one. It has at most 15 digits: no other
// decimal as short reads back as f.
func (t *number) setDecimal(f float64) bool {
	const scale = 1e6
	if !(f > 0 && f < maxWord-1) { // not -0 either
		return false
	}
	u := uint64(f*scale + 0.5)
	if float64(u)/scale != f {
		return false
	}
	t.setInteger(u / scale)
	if fraction := u % scale; fraction > 0 {
		x := eightDigits(fraction) >> 16
		digits := 8 - bits.LeadingZeros64(x^zeroDigits>>16)/8 // without the zeros at the end
		t.put(x<<(64-8*digits)>>(56-8*digits)|'.', 1+digits)
	}
	return true
}

// put puts n bytes behind the first word, which has some room or none.
func (t *number) put(x uint64, n int) {
	at := uint(8 * t.n)
	t.words[0] |= x << at
	t.words[1] = x >> (64 - at)
	t.n += n
}

const zeroDigits = 0x3030303030303030

// eightDigits returns the digits of u, which is below maxWord, with zeros in
// front. It cuts the number into halves, quarters and digits, all at once.
func eightDigits(u uint64) uint64 {
	high := u / 10_000
	x := high | (u-10_000*high)<<32
	high = x * 5243 >> 19 & 0x7f_0000007f // by 100, up to 9999
	x = high | (x-100*high)<<16
	high = x * 103 >> 10 & 0x000f_000f_000f_000f // by 10, up to 99
	return high | (x-10*high)<<8 | zeroDigits
}

// trimZeros takes the zeros in front away, but for one that stands alone.
func trimZeros(x uint64) (digits uint64, n int) {
	zeros := bits.TrailingZeros64(x^zeroDigits|1<<56) / 8
	return x >> (8 * zeros), 8 - zeros
}

// samePrefix returns how many bytes both begin with.
func (t *number) samePrefix(other *number) int {
	if x := t.words[0] ^ other.words[0]; x != 0 {
		return bits.TrailingZeros64(x) / 8
	}
	return min(8, t.n, other.n) // what follows is seldom the same
}
