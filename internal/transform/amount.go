package transform

import (
	"math"

	"github.com/apptuitai/apptuit-go/encoding"
)

// An amount is a value of an instrument: an integer, exact, or a float64.
type amount struct {
	i       int64
	f       float64
	isFloat bool
}

func amountOf[N int64 | float64](v N) amount {
	switch v := any(v).(type) {
	case int64:
		return amount{i: v}
	case float64:
		return amount{f: v, isFloat: true}
	}
	panic("unreachable")
}

// countOf returns a number of values. There are never as many as an int64 does not
// hold.
func countOf(n uint64) amount { return amount{i: int64(min(n, math.MaxInt64))} }

func (a amount) value() encoding.Value {
	if a.isFloat {
		return encoding.Float(a.f)
	}
	return encoding.Int(a.i)
}

func (a amount) float() float64 {
	if a.isFloat {
		return a.f
	}
	return float64(a.i)
}

func (a amount) finite() bool { return !math.IsNaN(a.f) && !math.IsInf(a.f, 0) }

func (a amount) less(b amount) bool {
	if a.isFloat || b.isFloat {
		return a.float() < b.float()
	}
	return a.i < b.i
}

func (a amount) plus(b amount) amount {
	if a.isFloat || b.isFloat {
		return amount{f: a.float() + b.float(), isFloat: true}
	}
	return amount{i: a.i + b.i}
}

func (a amount) minus(b amount) amount {
	if a.isFloat || b.isFloat {
		return amount{f: a.float() - b.float(), isFloat: true}
	}
	return amount{i: a.i - b.i}
}

// over returns by how much a is more than b. The difference of integers is exact
// before it is rounded, however large they are.
func (a amount) over(b amount) float64 {
	if a.isFloat || b.isFloat {
		return a.float() - b.float()
	}
	if a.i < b.i {
		return -float64(uint64(b.i) - uint64(a.i))
	}
	return float64(uint64(a.i) - uint64(b.i))
}
