package answer

import "math"

// quickPoint reads a point of the form that nearly all have, [1406829600,-23.05]
// with a space behind the comma perhaps, or with the value in quotes as PromQL has
// it, and returns its length. That is 0 where b does not begin with such a point,
// whole: the careful way has to say then what it is.
func quickPoint(b []byte) (p Point, n int) {
	if len(b) == 0 || b[0] != '[' {
		return p, 0
	}
	ms, i := quickTime(b, 1)
	if i == 0 || i == len(b) || b[i] != ',' {
		return p, 0
	}
	v, i := quickValue(b, i+1)
	if i == 0 || i == len(b) || b[i] != ']' {
		return p, 0
	}
	return Point{ms, v}, i + 1
}

// quickEntry reads a point as an object has it, "1406829600":-23.05, and returns its
// length, or 0.
func quickEntry(b []byte) (p Point, n int) {
	if len(b) == 0 || b[0] != '"' {
		return p, 0
	}
	ms, i := quickTime(b, 1)
	if i == 0 || i+1 >= len(b) || b[i] != '"' || b[i+1] != ':' {
		return p, 0
	}
	v, i := quickValue(b, i+2)
	if i == 0 || i == len(b) || isNumberByte[b[i]] {
		return p, 0
	}
	return Point{ms, v}, i
}

// quickTime reads a time from b[i] on, and returns where it ends, or 0.
func quickTime(b []byte, i int) (ms int64, end int) {
	d, i := scanDecimal(b, i)
	if i == 0 || d.cut || d.negative {
		return 0, 0
	}
	if d.exponent == 0 {
		if d.mantissa <= math.MaxUint32 {
			return int64(d.mantissa) * 1000, i
		}
		if d.mantissa <= MaxMilli {
			return int64(d.mantissa), i
		}
		return 0, 0
	}
	f, ok := d.float()
	if !ok {
		return 0, 0
	}
	if ms, ok = milliseconds(f); !ok {
		return 0, 0
	}
	return ms, i
}

// quickValue reads a number from b[i] on, in quotes or not, and returns where it
// ends, or 0.
func quickValue(b []byte, i int) (v float64, end int) {
	if i < len(b) && b[i] == ' ' {
		i++
	}
	quoted := i < len(b) && b[i] == '"'
	if quoted {
		i++
	}
	v, i = quickFloat(b, i)
	if !quoted || i == 0 {
		return v, i
	}
	if i == len(b) || b[i] != '"' {
		return 0, 0
	}
	return v, i + 1
}

// quickFloat reads a number from b[i] on, and returns where it ends, or 0 where there
// is none, or one that takes longer.
func quickFloat(b []byte, i int) (v float64, end int) {
	d, end := scanDecimal(b, i)
	if end == 0 {
		return 0, 0
	}
	v, ok := d.float()
	if !ok {
		return 0, 0
	}
	return v, end
}
