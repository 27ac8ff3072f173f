package answer

import (
	"math/big"
	"sync"
)

// The powers of ten that a number of 19 digits can be multiplied by to make a
// float64 that is neither zero nor infinite.
const (
	minPower = -342
	maxPower = 308
)

// A power is one of ten: its first 128 bits, of which the first is one.
type power struct {
	high, low uint64
	lacks     bool // what follows these bits is not zero
}

// powersOfTen makes the powers when a number first needs them: it takes less than a
// millisecond.
var powersOfTen = sync.OnceValue(func() *[maxPower - minPower + 1]power {
	table := new([maxPower - minPower + 1]power)
	for e := minPower; e <= maxPower; e++ {
		table[e-minPower] = powerOfTen(e)
	}
	return table
})

func powerOfTen(e int) power {
	const precision = 128
	n, rest := new(big.Int), new(big.Int)
	if e >= 0 {
		n.Exp(big.NewInt(10), big.NewInt(int64(e)), nil)
		if spare := n.BitLen() - precision; spare > 0 {
			n.QuoRem(n, new(big.Int).Lsh(big.NewInt(1), uint(spare)), rest)
		} else {
			n.Lsh(n, uint(-spare))
		}
	} else {
		below := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-e)), nil)
		n.Lsh(big.NewInt(1), uint(precision-1-binaryExponent(e)))
		n.QuoRem(n, below, rest)
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1))
	return power{high: new(big.Int).Rsh(n, 64).Uint64(), low: low.Uint64(), lacks: rest.Sign() != 0}
}

// binaryExponent returns the exponent of the greatest power of two that is not above
// ten to the exponent e: 217706/65536 is near enough to the logarithm of ten for all
// of the table.
func binaryExponent(e int) int { return 217706 * e >> 16 }
