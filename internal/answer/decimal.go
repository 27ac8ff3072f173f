package answer

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// maxDigits is how many digits a uint64 holds, whatever they are.
const maxDigits = 19

// maxExponent is where an exponent is cut off: all beyond are as large or as small.
const maxExponent = 10_000

// A decimal is a number as JSON has it: mantissa times ten to the exponent.
type decimal struct {
	mantissa uint64
	exponent int
	negative bool
	cut      bool // digits behind the mantissa's are left out
}

// scanDecimal reads the number that b has from i on, and returns where it ends. The
// end is 0 where there is none; where it is that of b, the number may go on.
func scanDecimal(b []byte, i int) (d decimal, end int) {
	if i < len(b) && b[i] == '-' {
		d.negative = true
		i++
	}
	begin := i
	d.mantissa, i = scanDigits(b, i, 0)
	if i == begin || b[begin] == '0' && i-begin > 1 {
		return d, 0
	}
	length := i - begin
	if i < len(b) && b[i] == '.' {
		point := i
		d.mantissa, i = scanDigits(b, i+1, d.mantissa)
		d.exponent = point + 1 - i
		length -= d.exponent
		if d.exponent == 0 {
			return d, 0
		}
	}
	if length > maxDigits {
		d.long(b[begin:i])
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		return d.scanExponent(b, i+1)
	}
	return d, i
}

// scanDigits adds the digits from b[i] on to n, which wraps around where they are
// too many, and returns where they end.
func scanDigits(b []byte, i int, n uint64) (uint64, int) {
	for i+8 <= len(b) {
		eight, ok := eightDigits(binary.LittleEndian.Uint64(b[i:]))
		if !ok {
			break
		}
		n = n*1e8 + eight
		i += 8
	}
	for ; i < len(b) && isDigit(b[i]); i++ {
		n = n*10 + uint64(b[i]-'0')
	}
	return n, i
}

// eightDigits returns the number that eight digits are, of which the first is in the
// lowest byte. Neighbours are joined, to pairs, to fours, and to the whole.
func eightDigits(text uint64) (n uint64, ok bool) {
	const high, zeros = 0xf0f0f0f0f0f0f0f0, 0x3030303030303030
	if text&high != zeros || (text+0x0606060606060606)&high != zeros {
		return 0, false
	}
	text -= zeros
	text = text*10 + text>>8
	const pair = 0x000000ff000000ff
	return (text&pair*(100+1_000_000<<32) + text>>16&pair*(1+10_000<<32)) >> 32, true
}

// long reads digits that may be too many for the mantissa: it takes the first of
// them that are no leading zeros, and scales the exponent.
func (d *decimal) long(text []byte) {
	n, fraction := 0, false
	d.mantissa, d.exponent = 0, 0
	for _, c := range text {
		if c == '.' {
			fraction = true
			continue
		}
		if n < maxDigits {
			d.mantissa = d.mantissa*10 + uint64(c-'0')
		} else {
			d.exponent++
			d.cut = d.cut || c != '0'
		}
		if d.mantissa > 0 {
			n++
		}
		if fraction {
			d.exponent--
		}
	}
}

// scanExponent reads what is behind the e.
func (d decimal) scanExponent(b []byte, i int) (decimal, int) {
	negative := i < len(b) && b[i] == '-'
	if negative || i < len(b) && b[i] == '+' {
		i++
	}
	begin, e := i, 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		e = min(e*10+int(b[i]-'0'), maxExponent)
	}
	if i == begin {
		return d, 0
	}
	if negative {
		e = -e
	}
	d.exponent += e
	return d, i
}

// maxExact is the largest power of ten that a float64 holds exactly.
const maxExact = 22

var exactPowers = [maxExact + 1]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// float returns the nearest float64. It is not ok where that takes more to tell, as
// for the least and the largest numbers, and some in the middle between two.
func (d decimal) float() (f float64, ok bool) {
	if d.mantissa < 1<<53 && d.exponent >= -maxExact && d.exponent <= maxExact && !d.cut {
		f, ok = float64(d.mantissa), true
		if d.exponent < 0 {
			f /= exactPowers[-d.exponent]
		} else {
			f *= exactPowers[d.exponent]
		}
	} else {
		f, ok = nearest(d.mantissa, d.exponent)
	}
	if ok && d.cut {
		var above float64
		above, ok = nearest(d.mantissa+1, d.exponent)
		ok = ok && above == f // and so is what lies between them
	}
	if d.negative {
		f = -f
	}
	return f, ok
}

// nearest returns the float64 that is nearest to n times ten to the exponent. It
// multiplies n by 128 bits of the power, as D. Lemire, "Number parsing at a gigabyte
// per second" (2021), shows to be enough nearly always; where it is not it is not ok.
func nearest(n uint64, exponent int) (f float64, ok bool) {
	if n == 0 {
		return 0, true
	}
	if exponent < minPower || exponent > maxPower {
		return 0, false
	}
	power := &powersOfTen()[exponent-minPower]
	zeros := bits.LeadingZeros64(n)
	n <<= zeros
	top, middle := bits.Mul64(n, power.high)
	carry, low := bits.Mul64(n, power.low)
	middle, carry = bits.Add64(middle, carry, 0)
	top += carry

	// The product begins with a one, or a zero and a one. 54 bits of it are kept, of
	// which the last rounds. What the power lacks is less than one in its last place,
	// so that the true product is less than n above low.
	first := top >> 63
	drop := 9 + first
	kept, rest := top>>drop, top&(1<<drop-1)
	if power.lacks {
		carries := rest == 1<<drop-1 && middle == math.MaxUint64 && low+n < low
		if carries && kept&1 == 0 || rest|middle|low == 0 { // half may be reached, or passed
			return 0, false
		}
	}
	half := rest|middle|low == 0 // where the last bit kept is one
	if kept&1 == 1 && (!half || kept&2 != 0) {
		kept++
	}
	kept >>= 1
	e := binaryExponent(exponent) + 63 - zeros + int(first)
	if kept == 1<<53 {
		kept >>= 1
		e++
	}
	if e < -1022 || e > 1023 {
		return 0, false
	}
	return math.Float64frombits(uint64(e+1023)<<52 | kept&(1<<52-1)), true
}

// ParseFloat reads a JSON number; ok is false where it is none, or too large.
func ParseFloat(token []byte) (f float64, ok bool) {
	d, end := scanDecimal(token, 0)
	if end != len(token) || end == 0 {
		return 0, false
	}
	if f, ok = d.float(); ok {
		return f, true
	}
	f, err := strconv.ParseFloat(string(token), 64)
	return f, err == nil
}
