package deflate

import "encoding/binary"

// A bitWriter packs bits into bytes, the lowest first.
type bitWriter struct {
	out []byte // what is written; its capacity is kept from body to body
	acc uint64 // bits that do not fill a byte yet
	n   uint   // how many; below 8 between calls
}

// reserve makes sure of room for n bytes and the eight that a store may touch.
func (b *bitWriter) reserve(n int) {
	if need := len(b.out) + n + 8; need > cap(b.out) {
		grown := make([]byte, len(b.out), max(need, 2*cap(b.out)))
		copy(grown, b.out)
		b.out = grown
	}
}

// bits writes the low n bits of v, at most 48. Room must have been reserved.
func (b *bitWriter) bits(v uint64, n uint) {
	b.acc |= v << b.n
	b.n += n
	at := len(b.out)
	binary.LittleEndian.PutUint64(b.out[at:at+8], b.acc)
	b.out = b.out[:at+int(b.n>>3)]
	b.acc >>= b.n &^ 7
	b.n &= 7
}

// align fills the last byte with zeros.
func (b *bitWriter) align() {
	if b.n > 0 {
		b.out = append(b.out, byte(b.acc))
	}
	b.acc, b.n = 0, 0
}
