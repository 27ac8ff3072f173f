package encoding

import (
	"math"
	"strconv"
	"time"
)

// A Point is one value of a series at one time.
type Point struct {
	// Series is the identity the value belongs to.
	Series *Series
	// Time is when the value was measured; the zero Time means now. The wire
	// carries whole seconds, or milliseconds where that was asked for.
	Time time.Time
	// Value is what was measured.
	Value Value
}

// A Value is a number: an int64, kept exact, or a float64. The zero Value is
// the integer 0.
type Value struct {
	bits  uint64
	float bool
}

// Int returns an integer value.
func Int(v int64) Value { return Value{bits: uint64(v)} }

// Uint returns v as an integer where int64 can hold it, else as a float.
func Uint(v uint64) Value {
	if v > math.MaxInt64 {
		return Float(float64(v))
	}
	return Int(int64(v))
}

// Float returns a floating-point value. NaN and the infinities can be held but
// not sent: [Encoder.Append] refuses them.
func Float(v float64) Value { return Value{bits: math.Float64bits(v), float: true} }

// IsInt reports whether the value is an integer.
func (v Value) IsInt() bool { return !v.float }

// Int64 returns the value as an integer; the fraction of a float is cut off.
func (v Value) Int64() int64 {
	if v.float {
		return int64(math.Float64frombits(v.bits))
	}
	return int64(v.bits)
}

// Float64 returns the value as a float; an integer beyond 2^53 is rounded.
func (v Value) Float64() float64 {
	if v.float {
		return math.Float64frombits(v.bits)
	}
	return float64(int64(v.bits))
}

// String returns the value as it stands on the wire.
func (v Value) String() string {
	if !v.finite() {
		return strconv.FormatFloat(v.Float64(), 'g', -1, 64)
	}
	return string(appendValue(nil, v))
}

func (v Value) finite() bool {
	const exponent = 0x7ff << 52 // all ones in NaN and the infinities, and in no other float
	return !v.float || v.bits&exponent != exponent
}
