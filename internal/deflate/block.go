package deflate

import "encoding/binary"

// The bounds of a block: small enough to stay in a core's own cache, large
// enough for its code to cost nothing beside it.
const (
	maxLiterals = 1<<16 - 1 // counted in 16 bits
	maxMatches  = 1 << 13
)

// A match repeats length bytes at a distance, after so many literals.
type match struct {
	literals uint16
	length   uint16 // MinMatch to maxMatch
	distance uint16 // less one
}

// A block collects literals and matches, and writes them with a code made for
// them.
type block struct {
	literals []byte
	matches  []match
	marked   int // literals that stand before a match

	make           huffman
	header         header
	counts         [numSymbols]uint32
	distanceCounts [numDistances]uint32
	sizes          [numSymbols]uint8
	distanceSizes  [numDistances]uint8
	codes          [numSymbols]code
	distanceCodes  [numDistances]code
	lengthCodes    [maxMatch + 1]code // by length, extra bits included
}

// addMatch puts a match behind the literals added so far. The block must not be
// full.
func (k *block) addMatch(distance, length int) {
	k.matches = append(k.matches, match{
		literals: uint16(len(k.literals) - k.marked),
		length:   uint16(length),
		distance: uint16(distance - 1),
	})
	k.marked = len(k.literals)
}

// write writes the block and empties it.
func (k *block) write(b *bitWriter, last bool) {
	k.count()
	k.make.lengths(k.sizes[:], k.counts[:], maxCode)
	k.make.lengths(k.distanceSizes[:], k.distanceCounts[:], maxDistanceCode)
	b.reserve((maxHeader + k.size()) / 8)
	b.bits(lastBit(last)|2<<1, 3) // 2 is a block with codes of its own
	k.header.write(b, &k.make, k.sizes[:], k.distanceSizes[:])
	k.assign()
	k.emit(b)
	k.literals, k.matches, k.marked = k.literals[:0], k.matches[:0], 0
}

func lastBit(last bool) uint64 {
	if last {
		return 1
	}
	return 0
}

// count sets the counts of the symbols. Four tables let the processor add to
// them at once where a symbol repeats.
func (k *block) count() {
	var t [4][256]uint32
	p := k.literals
	for ; len(p) >= 4; p = p[4:] {
		t[0][p[0]]++
		t[1][p[1]]++
		t[2][p[2]]++
		t[3][p[3]]++
	}
	for _, c := range p {
		t[0][c]++
	}
	for c := range t[0] {
		k.counts[c] = t[0][c] + t[1][c] + t[2][c] + t[3][c]
	}
	clear(k.counts[endOfBlock:])
	clear(k.distanceCounts[:])
	k.counts[endOfBlock] = 1
	for i := range k.matches {
		m := &k.matches[i]
		symbol, _ := distanceSymbol(uint32(m.distance))
		k.distanceCounts[symbol]++
		k.counts[lengths[m.length].symbol]++
	}
}

// size returns the bits that the symbols will take, or somewhat more.
func (k *block) size() int {
	const mostExtra = 5 + 13
	n := mostExtra * len(k.matches)
	for symbol, count := range k.counts {
		n += int(count) * int(k.sizes[symbol])
	}
	for symbol, count := range k.distanceCounts {
		n += int(count) * int(k.distanceSizes[symbol])
	}
	return n
}

func (k *block) assign() {
	assign(k.codes[:], k.sizes[:])
	assign(k.distanceCodes[:], k.distanceSizes[:])
	for n := MinMatch; n <= maxMatch; n++ {
		l := &lengths[n]
		c := k.codes[l.symbol]
		k.lengthCodes[n] = makeCode(uint32(c.bits())|uint32(l.rest)<<c.size(), c.size()+uint(l.extra))
	}
}

// emit writes the symbols. It is the hot loop: the state of the bits is held in
// registers, four literals are stored at once, and room was made before.
func (k *block) emit(b *bitWriter) {
	acc, n, at := b.acc, b.n, len(b.out)
	out := b.out[:cap(b.out)]
	codes := (*[256]code)(k.codes[:])
	literals := k.literals
	k.matches = append(k.matches, match{literals: uint16(len(literals) - k.marked)}) // what follows the last
	for i := range k.matches {
		m := &k.matches[i]
		run := literals[:m.literals]
		literals = literals[m.literals:]
		for ; len(run) >= 4; run = run[4:] {
			c0, c1, c2, c3 := codes[run[0]], codes[run[1]], codes[run[2]], codes[run[3]]
			low := c0.bits() | c1.bits()<<(c0.size()&63)
			high := c2.bits() | c3.bits()<<(c2.size()&63)
			size := c0.size() + c1.size()
			acc |= (low | high<<(size&63)) << (n & 63)
			n += size + c2.size() + c3.size()
			binary.LittleEndian.PutUint64(out[at:], acc)
			at += int(n >> 3)
			acc >>= n & 0x38
			n &= 7
		}
		for _, x := range run { // at most three of 14 bits
			c := codes[x]
			acc |= c.bits() << (n & 63)
			n += c.size()
		}
		binary.LittleEndian.PutUint64(out[at:], acc)
		at += int(n >> 3)
		acc >>= n & 0x38
		n &= 7
		if m.length == 0 {
			break
		}
		length := k.lengthCodes[m.length]
		d := uint32(m.distance)
		symbol, extra := distanceSymbol(d)
		distance := k.distanceCodes[symbol%numDistances]
		acc |= (length.bits() | (distance.bits()|uint64(d&(1<<extra-1))<<(distance.size()&63))<<(length.size()&63)) << (n & 63)
		n += length.size() + distance.size() + extra
		binary.LittleEndian.PutUint64(out[at:], acc)
		at += int(n >> 3)
		acc >>= n & 0x38
		n &= 7
	}
	b.acc, b.n, b.out = acc, n, out[:at]
	end := k.codes[endOfBlock]
	b.bits(end.bits(), end.size())
}
