package query

import "math"

// maxExact is how many digits a float64 holds exactly, whatever they are.
const maxExact = 15

// powers of ten, all exact.
var powers = [maxExact + 1]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// quickPoint reads a point of the form that nearly all have, [1406829600,-23.05]
// with a space behind the comma perhaps, and returns its length. That is 0 where
// b does not begin with such a point, whole, in few enough digits to be exact:
// the careful way has to say then what it is.
func quickPoint(b []byte) (p Point, n int) {
	if len(b) == 0 || b[0] != '[' {
		return p, 0
	}
	when, i := natural(b, 1)
	if i == 0 || i+2 >= len(b) || b[i] != ',' || when > maxMilli {
		return p, 0
	}
	if i++; b[i] == ' ' {
		i++
	}
	v, i := quickFloat(b, i)
	if i == 0 || i == len(b) || b[i] != ']' {
		return p, 0
	}
	if when <= math.MaxUint32 {
		when *= 1000
	}
	return Point{int64(when), v}, i + 1
}

// quickFloat reads digits with a sign and a fraction perhaps, from b[i] on, and
// returns where they end, or 0. One division of exact numbers rounds once, so
// the result is the nearest float64.
func quickFloat(b []byte, i int) (v float64, end int) {
	negative := i < len(b) && b[i] == '-'
	if negative {
		i++
	}
	begin, scale := i, 1.0
	mantissa, i := natural(b, i)
	if i > 0 && i+1 < len(b) && b[i] == '.' {
		point := i
		for i++; i < len(b) && isDigit(b[i]) && i-begin <= maxExact; i++ {
			mantissa = mantissa*10 + uint64(b[i]-'0')
		}
		if i == point+1 {
			return 0, 0
		}
		scale = powers[i-point-1]
	}
	if v = float64(mantissa) / scale; negative {
		v = -v
	}
	return v, i
}

// natural reads at most maxExact digits from b[i] on, and returns where they end,
// or 0 where there is none, or a zero before others.
func natural(b []byte, i int) (n uint64, end int) {
	begin := i
	for ; i < len(b) && isDigit(b[i]) && i-begin < maxExact; i++ {
		n = n*10 + uint64(b[i]-'0')
	}
	if i == begin || b[begin] == '0' && i-begin > 1 {
		return 0, 0
	}
	return n, i
}
