package deflate

import "slices"

// maxCode bounds the bits of a code. The format allows 15; of 12 bits, four
// literals fit in a register with what is left over of the last byte.
const maxCode = 12

// A coding is the code that a body is written in, made from the counts of bodies
// before it. Each symbol has a code, counted or not.
type coding struct {
	literals  [256]code
	pairs     [1 << 10]code // of two bytes of a number
	lengths   [512]code     // by length, extra bits included
	distances [32]code      // by symbol; the last two are none
	end       code

	head bitWriter // what a body begins with: the format's header, then that of the block
}

// clone returns a coding that is made anew by itself.
func (k *coding) clone() coding {
	c := *k
	c.head.out = slices.Clone(k.head.out)
	return c
}

// counts are how often symbols were written.
type counts struct {
	symbols   [numSymbols]uint32
	distances [numDistances]uint32
}

// usual are the counts that a first body is written by: those of points whose
// text mostly repeats, so that what is left are numbers, long matches, and
// distances of a few hundred bytes up.
func usual() (c counts) {
	for symbol := range c.symbols {
		switch {
		case symbol >= '0' && symbol <= '9':
			c.symbols[symbol] = 50
		case symbol == '.' || symbol == '"':
			c.symbols[symbol] = 20
		case symbol >= 'a' && symbol <= 'z':
			c.symbols[symbol] = 5
		case symbol >= firstLength+12:
			c.symbols[symbol] = 10
		}
	}
	c.symbols[numSymbols-1] = 100
	for symbol := 16; symbol < numDistances; symbol++ {
		c.distances[symbol] = 10
	}
	return c
}

// age halves the counts, so that those of the next bodies weigh more.
func (c *counts) age() {
	for i := range c.symbols {
		c.symbols[i] /= 2
	}
	for i := range c.distances {
		c.distances[i] /= 2
	}
}

// A coder makes codings; it holds what that needs, to allocate nothing.
type coder struct {
	huffman       huffman
	header        header
	symbols       [numSymbols]uint32
	distances     [numDistances]uint32
	sizes         [numSymbols]uint8
	distanceSizes [numDistances]uint8
	codes         [numSymbols]code
}

// make sets k to a coding for counts.
func (r *coder) make(k *coding, f Format, c *counts) {
	atLeastOnce(r.symbols[:], c.symbols[:])
	atLeastOnce(r.distances[:], c.distances[:])
	r.huffman.lengths(r.sizes[:], r.symbols[:], maxCode)
	r.huffman.lengths(r.distanceSizes[:], r.distances[:], maxCode)
	assign(r.codes[:], r.sizes[:])
	assign(k.distances[:numDistances], r.distanceSizes[:])
	copy(k.literals[:], r.codes[:])
	k.setPairs()
	k.end = r.codes[endOfBlock]
	for n := MinMatch; n <= maxMatch; n++ {
		l := &lengths[n]
		c := r.codes[l.symbol]
		k.lengths[n] = makeCode(uint32(c.bits())|uint32(l.rest)<<c.size(), c.size()+uint(l.extra))
	}
	const lastBlock, ownCode = 1, 2
	k.head.begin(f.header())
	k.head.reserve(maxHeader / 8)
	k.head.bits(lastBlock|ownCode<<1, 3)
	r.header.write(&k.head, &r.huffman, r.sizes[:], r.distanceSizes[:])
}

// setPairs sets the codes of each two bytes of which numbers are made. Their low
// five bits tell these bytes apart, and zero, which stands behind a number and
// takes no bits.
func (k *coding) setPairs() {
	var codes [32]code
	for _, c := range []byte("0123456789.-+e") {
		codes[c%32] = k.literals[c]
	}
	for i := range k.pairs {
		first, second := codes[i%32], codes[i/32]
		k.pairs[i] = makeCode(uint32(first.bits()|second.bits()<<first.size()), first.size()+second.size())
	}
}

// back returns the bits of a distance, and how many.
func (k *coding) back(distance int) (bits uint64, n uint) {
	d := uint64(distance - 1)
	symbol, extra := distanceSymbol(uint32(d))
	c := k.distances[symbol%32]
	return c.bits() | d&(1<<(extra&63)-1)<<(c.size()&63), c.size() + extra
}

// pairsOf returns what tells the pairs of bytes of a number apart: the low five
// bits of both, in each sixteen.
func pairsOf(x uint64) uint64 {
	return x&0x001f_001f_001f_001f | x>>3&0x03e0_03e0_03e0_03e0
}

func atLeastOnce(dst, counts []uint32) {
	for i, n := range counts {
		dst[i] = max(n, 1)
	}
}
