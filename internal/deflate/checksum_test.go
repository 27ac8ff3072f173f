package deflate

import (
	"hash/adler32"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

func TestSumsJoin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 300_000)
	for i := range text {
		text[i] = byte(r.Uint32()) | 0xf0 // high bytes bring Adler's sums to their limits
	}
	for range 300 {
		n := r.IntN(1 << r.IntN(19) % len(text))
		cut := r.IntN(n + 1)
		first, second := text[:cut], text[cut:n]
		if got, want := joined(Gzip, first, second), crc32.ChecksumIEEE(text[:n]); ^got != want {
			t.Errorf("CRC-32 of %d and %d bytes is %08x, want %08x", len(first), len(second), ^got, want)
		}
		if got, want := joined(Zlib, first, second), adler32.Checksum(text[:n]); got != want {
			t.Errorf("Adler-32 of %d and %d bytes is %08x, want %08x", len(first), len(second), got, want)
		}
	}
}

// joined joins the sums of first and second, of the latter by its halves.
func joined(f Format, first, second []byte) uint32 {
	w := Writer{format: f, sum: f.initial()}
	w.AddSum(f.Sum(first), len(first))
	half := len(second) / 2
	w.AddSum(f.Join(f.Sum(second[:half]), f.Sum(second[half:]), len(second)-half), len(second))
	return w.sum
}

func TestSumsOfShortText(t *testing.T) {
	text := []byte("-1.7976931348623157e+308 and more than a value ever is, many times over")
	for n := range len(text) + 1 {
		if got, want := ^crcText(^uint32(0), text[:n]), crc32.ChecksumIEEE(text[:n]); got != want {
			t.Errorf("CRC-32 of %d bytes is %08x, want %08x", n, got, want)
		}
		if got, want := adlerText(1, text[:n]), adler32.Checksum(text[:n]); got != want {
			t.Errorf("Adler-32 of %d bytes is %08x, want %08x", n, got, want)
		}
	}
}
