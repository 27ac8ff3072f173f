package deflate

import (
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"sync/atomic"
)

// A Format is what stands around the compressed text, and which checksum it
// carries.
type Format uint8

const (
	Gzip Format = iota // RFC 1952, CRC-32
	Zlib               // RFC 1950, Adler-32
)

const (
	gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff" // no time, fastest, unknown system
	zlibHeader = "\x78\x01"                                 // a window of 32 KiB, fastest
)

func (f Format) header() string {
	if f == Zlib {
		return zlibHeader
	}
	return gzipHeader
}

// Sum returns what [Writer.AddSum] needs to know of a piece of text.
func (f Format) Sum(text []byte) uint32 {
	if f == Zlib {
		return adlerAppend(0, adlerOf(text), len(text))
	}
	return ^crc32.Update(^uint32(0), crc32.IEEETable, text) // the register, from zero
}

// Append returns the sum of a piece that short text is put behind.
func (f Format) Append(sum uint32, text []byte) uint32 {
	if f == Zlib {
		return adlerText(sum, text)
	}
	return crcText(sum, text)
}

// appendWord is Append of the n bytes of x, the lowest first. Above them are
// zeros.
func (f Format) appendWord(sum uint32, x uint64, n int) uint32 {
	if f == Gzip {
		return crcWord(sum, x, n)
	}
	var room [8]byte
	binary.LittleEndian.PutUint64(room[:], x)
	return adlerText(sum, room[:n])
}

// Join returns the sum of two pieces, the second n bytes long.
func (f Format) Join(first, second uint32, n int) uint32 {
	if f == Zlib {
		return adlerAppend(first, second, n)
	}
	return shiftCRC(first, n) ^ second
}

// Merge returns the sum of two texts of one length of which each is zero where
// the other is not.
func (f Format) Merge(a, b uint32) uint32 {
	if f == Zlib {
		return adlerAppend(a, b, 0)
	}
	return a ^ b
}

// initial returns the checksum of no text.
func (f Format) initial() uint32 {
	if f == Zlib {
		return 1
	}
	return ^uint32(0)
}

// Adler-32 is two sums modulo a prime, the low half of the bytes and the high
// half of the low halves. A piece has them from (0, 0).
const adlerPrime = 65521

// adlerOf takes the 1 out with which the library begins.
func adlerOf(text []byte) uint32 {
	sum := adler32.Checksum(text)
	low := (sum&0xffff + adlerPrime - 1) % adlerPrime
	high := (sum>>16 + adlerPrime - uint32(len(text)%adlerPrime)) % adlerPrime
	return high<<16 | low
}

// adlerAppend puts a piece of n bytes behind sum: each of its bytes adds the
// low half before once more to the high half.
func adlerAppend(sum, piece uint32, n int) uint32 {
	low := uint64(sum & 0xffff)
	high := uint64(sum>>16) + low*uint64(n%adlerPrime) + uint64(piece>>16)
	low += uint64(piece & 0xffff)
	return uint32(high%adlerPrime)<<16 | uint32(low%adlerPrime)
}

// adlerText puts short text behind sum.
func adlerText(sum uint32, text []byte) uint32 {
	low, high := sum&0xffff, sum>>16
	for len(text) > 0 {
		part := text[:min(len(text), 5552)] // as many as cannot overflow
		text = text[len(part):]
		for _, c := range part {
			low += uint32(c)
			high += low
		}
		low, high = low%adlerPrime, high%adlerPrime
	}
	return high<<16 | low
}

// CRC-32 is the remainder of the text as a polynomial: what n bytes behind it do
// to a register is the same linear map for any register, and the piece adds its
// own. A zeros is that map, as a table for each four bits of the register.
type zeros [8][16]uint32

func (z *zeros) apply(c uint32) uint32 {
	return z[0][c&15] ^ z[1][c>>4&15] ^ z[2][c>>8&15] ^ z[3][c>>12&15] ^
		z[4][c>>16&15] ^ z[5][c>>20&15] ^ z[6][c>>24&15] ^ z[7][c>>28]
}

// newZeros makes a map from what it does to each single bit.
func newZeros(bit func(i int) uint32) *zeros {
	z := new(zeros)
	for group := range z {
		for i := range 4 {
			image := bit(4*group + i)
			for v := range z[group] {
				if v>>i&1 == 1 {
					z[group][v] ^= image
				}
			}
		}
	}
	return z
}

// doublings[i] is the map of 1<<i zero bytes.
var doublings = func() (all [31]*zeros) {
	all[0] = newZeros(func(i int) uint32 {
		c := uint32(1) << i
		return crc32.IEEETable[byte(c)] ^ c>>8
	})
	for i := range all[1:] {
		half := all[i]
		all[i+1] = newZeros(func(i int) uint32 { return half.apply(half.apply(1 << i)) })
	}
	return all
}()

// known holds the maps of the lengths in use, made when they are first met. They
// are half a KiB each: two MiB at the most, shared by all writers.
var known [4096]atomic.Pointer[zeros]

// shiftCRC returns what n zero bytes make of a register.
func shiftCRC(c uint32, n int) uint32 {
	if uint(n) < uint(len(known)) {
		if z := known[n].Load(); z != nil {
			return z.apply(c)
		}
	}
	return shiftNew(c, n)
}

// shiftNew is shiftCRC for a length that is met for the first time, or too long
// to be known.
func shiftNew(c uint32, n int) uint32 {
	if uint(n) < uint(len(known)) {
		known[n].Store(newZeros(func(i int) uint32 { return shiftLong(1<<i, n) }))
	}
	return shiftLong(c, n)
}

func shiftLong(c uint32, n int) uint32 {
	for i := 0; n>>i > 0; i++ {
		if n>>i&1 == 1 {
			c = doublings[i].apply(c)
		}
	}
	return c
}

// slices8[i] is what a byte does to a register that i more bytes follow.
var slices8 = func() (t [8][256]uint32) {
	t[0] = *crc32.IEEETable
	for i := range 7 {
		for v, c := range t[i] {
			t[i+1][v] = t[0][byte(c)] ^ c>>8
		}
	}
	return t
}()

// crcText puts short text behind a register, eight bytes at a time: the library
// is made for long text, and takes a call and a byte at a time for this.
func crcText(c uint32, text []byte) uint32 {
	for ; len(text) >= 8; text = text[8:] {
		c = crcWord(c, binary.LittleEndian.Uint64(text), 8)
	}
	x := uint64(0)
	for i, b := range text {
		x |= uint64(b) << (8 * i)
	}
	return crcWord(c, x, len(text))
}

// crcWord puts the n bytes of x behind a register, the lowest first. They are
// moved to the end of the word: zeros before them change nothing.
func crcWord(c uint32, x uint64, n int) uint32 {
	size := 8 * uint(n)
	x = (x ^ uint64(c)) << (64 - size)
	t := &slices8
	return t[7][byte(x)] ^ t[6][byte(x>>8)] ^ t[5][byte(x>>16)] ^ t[4][byte(x>>24)] ^
		t[3][byte(x>>32)] ^ t[2][byte(x>>40)] ^ t[1][byte(x>>48)] ^ t[0][byte(x>>56)] ^
		uint32(uint64(c)>>size)
}
