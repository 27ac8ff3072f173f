package deflate

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

// checkCode checks that each symbol with a count has a code, and that the codes
// are within the limit and complete: a reader may refuse what is not.
func checkCode(t *testing.T, sizes []uint8, counts []uint32, limit int) {
	t.Helper()
	taken := 0
	for symbol, n := range sizes {
		if int(n) > limit || n == 0 && counts[symbol] > 0 {
			t.Fatalf("symbol %d, counted %d times, has %d bits; the limit is %d", symbol, counts[symbol], n, limit)
		}
		if n > 0 {
			taken += 1 << (limit - int(n))
		}
	}
	if taken != 1<<limit {
		t.Fatalf("the codes take %d of %d", taken, 1<<limit)
	}
}

func checkCounts(t *testing.T, counts []uint32, limit int) {
	t.Helper()
	var make huffman
	sizes := [numSymbols]uint8{}
	make.lengths(sizes[:len(counts)], counts, limit)
	checkCode(t, sizes[:len(counts)], counts, limit)
}

func fibonacci(n int) []uint32 {
	counts := make([]uint32, n)
	a, b := uint32(1), uint32(1)
	for i := range counts {
		counts[i] = a
		if a, b = b, a+b; b < a {
			b = math.MaxUint32
		}
	}
	return counts
}

func TestCodesAreCompleteAndLimited(t *testing.T) {
	for _, limit := range []int{maxCode, 15} {
		for _, counts := range [][]uint32{
			make([]uint32, 2), make([]uint32, numSymbols), {0, 1, 0}, {7, 0}, {1, 1, 1}, {math.MaxUint32, 1},
			fibonacci(numDistances), fibonacci(46), fibonacci(numSymbols),
		} {
			checkCounts(t, counts, limit)
		}
	}
	checkCounts(t, fibonacci(numSizes), maxSizeCode)
}

// The lengths of a code that needs no limit are the shortest: known by hand.
func TestShortestCode(t *testing.T) {
	var make huffman
	sizes := [6]uint8{}
	make.lengths(sizes[:], []uint32{45, 13, 12, 16, 9, 5}, maxCode)
	if want := [6]uint8{1, 3, 3, 3, 4, 4}; sizes != want {
		t.Errorf("%v, want %v", sizes, want)
	}
}

// RFC 1951, 3.2.2, has this code as its example.
func TestAssignedCodes(t *testing.T) {
	sizes := []uint8{3, 3, 3, 3, 3, 2, 4, 4}
	want := []uint32{0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111}
	codes := make([]code, len(sizes))
	assign(codes, sizes)
	for i, c := range codes {
		forward := uint32(0)
		for bit := range sizes[i] {
			forward = forward<<1 | uint32(c.bits())>>bit&1
		}
		if c.size() != uint(sizes[i]) || forward != want[i] {
			t.Errorf("symbol %d has %0*b, want %0*b", i, c.size(), forward, sizes[i], want[i])
		}
	}
}

func FuzzCodeLengths(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 255, 255, 255, 255}, uint8(7))
	r := rand.New(rand.NewPCG(1, 1))
	random := make([]byte, 4*numSymbols)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	f.Add(random, uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, bits uint8) {
		counts := make([]uint32, min(max(2, len(data)/4), numSymbols))
		for i := range counts {
			if len(data) >= 4 {
				counts[i] = binary.LittleEndian.Uint32(data)
				data = data[4:]
			}
		}
		limit := 9 + int(bits)%7 // 2^9 is more than there are symbols
		checkCounts(t, counts, limit)
		checkCounts(t, counts[:min(len(counts), numSizes)], maxSizeCode)
	})
}
