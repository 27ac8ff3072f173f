package deflate

import "encoding/binary"

// A bitWriter packs bits into bytes, the lowest first.
type bitWriter struct {
	out []byte // what is written; its capacity is kept from body to body
	acc uint64 // bits that do not fill a byte yet
	n   uint   // how many; below 8 between calls
}

// begin writes text, and nothing else so far.
func (b *bitWriter) begin(text string) {
	b.out = append(b.out[:0], text...)
	b.acc, b.n = 0, 0
}

// beginAs begins with all that other has.
func (b *bitWriter) beginAs(other *bitWriter) {
	b.out = append(b.out[:0], other.out...)
	b.acc, b.n = other.acc, other.n
}

// reserve makes sure of room for n bytes and the eight that a store may touch.
func (b *bitWriter) reserve(n int) {
	if len(b.out)+n+8 > cap(b.out) {
		b.grow(n)
	}
}

func (b *bitWriter) grow(n int) {
	grown := make([]byte, len(b.out), max(len(b.out)+n+8, 2*cap(b.out), 4<<10))
	copy(grown, b.out)
	b.out = grown
}

// bits writes the low n bits of v, at most 56. Room must have been reserved.
func (b *bitWriter) bits(v uint64, n uint) {
	b.set(cursor{b.acc, b.n, len(b.out)}.put(v, n).store(b.out[:cap(b.out)]))
}

// align fills the last byte with zeros.
func (b *bitWriter) align() {
	if b.n > 0 {
		b.out = append(b.out, byte(b.acc))
	}
	b.acc, b.n = 0, 0
}

// A cursor is the state of a bitWriter in registers.
type cursor struct {
	acc uint64
	n   uint
	at  int // of the bytes written
}

// cursor makes sure of room for n bytes and returns the state, and where bytes go.
func (b *bitWriter) cursor(n int) (cursor, []byte) {
	b.reserve(n)
	return cursor{b.acc, b.n, len(b.out)}, b.out[:cap(b.out)]
}

func (b *bitWriter) set(c cursor) { b.acc, b.n, b.out = c.acc, c.n, b.out[:c.at] }

// put writes the low n bits of v, at most 56.
func (c cursor) put(v uint64, n uint) cursor {
	c.acc |= v << (c.n & 63)
	c.n += n
	return c
}

// store moves full bytes to out.
func (c cursor) store(out []byte) cursor {
	binary.LittleEndian.PutUint64(out[c.at:], c.acc)
	c.at += int(c.n >> 3)
	c.acc >>= c.n & 0x38
	c.n &= 7
	return c
}
