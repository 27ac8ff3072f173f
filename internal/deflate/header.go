package deflate

// The code lengths of a block are written in a code of their own: a length from
// 0 to 15 is its own symbol, and three symbols stand for runs.
const (
	repeatLast  = 16 // 3 to 6 times the length before, 2 extra bits
	repeatZero  = 17 // 3 to 10 times no code, 3 extra bits
	repeatZeros = 18 // 11 to 138 times no code, 7 extra bits

	numSizes    = 19
	maxSizeCode = 7
	maxHeader   = 3 + 14 + 3*numSizes + (maxSizeCode+7)*(numSymbols+numDistances) // bits
)

// sizeOrder is the order in which that code's own lengths are written, those
// least likely to be used last.
var sizeOrder = [numSizes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// A header holds what describes the two codes of a block.
type header struct {
	all    [numSymbols + numDistances]uint8
	runs   []sizeRun
	counts [numSizes]uint32
	sizes  [numSizes]uint8
	codes  [numSizes]code
}

type sizeRun struct{ symbol, rest, extra uint8 }

// write describes the code lengths of literals and lengths, and of distances.
func (h *header) write(b *bitWriter, make *huffman, literals, distances []uint8) {
	literals = trim(literals, firstLength)
	distances = trim(distances, 1)
	n := copy(h.all[:], literals)
	n += copy(h.all[n:], distances)
	h.setRuns(h.all[:n])
	make.lengths(h.sizes[:], h.counts[:], maxSizeCode)
	assign(h.codes[:], h.sizes[:])

	used := numSizes
	for used > 4 && h.sizes[sizeOrder[used-1]] == 0 {
		used--
	}
	b.bits(uint64(len(literals)-firstLength), 5)
	b.bits(uint64(len(distances)-1), 5)
	b.bits(uint64(used-4), 4)
	for _, symbol := range sizeOrder[:used] {
		b.bits(uint64(h.sizes[symbol]), 3)
	}
	for _, r := range h.runs {
		c := h.codes[r.symbol]
		b.bits(c.bits()|uint64(r.rest)<<c.size(), c.size()+uint(r.extra))
	}
}

// trim cuts off what has no code at the end, but for the first least.
func trim(sizes []uint8, least int) []uint8 {
	n := len(sizes)
	for n > least && sizes[n-1] == 0 {
		n--
	}
	return sizes[:n]
}

// setRuns writes sizes as runs and counts their symbols.
func (h *header) setRuns(sizes []uint8) {
	h.runs = h.runs[:0]
	clear(h.counts[:])
	for len(sizes) > 0 {
		size, n := sizes[0], 1
		for n < len(sizes) && sizes[n] == size {
			n++
		}
		sizes = sizes[n:]
		if size > 0 {
			h.add(sizeRun{symbol: size})
			n--
		}
		h.repeat(size, n)
	}
}

// repeat writes n times size, which was just written if it is not zero.
func (h *header) repeat(size uint8, n int) {
	for n > 0 {
		switch {
		case n < 3:
			h.add(sizeRun{symbol: size})
			n--
		case size > 0:
			r := min(n, 6)
			h.add(sizeRun{repeatLast, uint8(r - 3), 2})
			n -= r
		case n <= 10:
			h.add(sizeRun{repeatZero, uint8(n - 3), 3})
			return
		default:
			r := min(n, 138)
			h.add(sizeRun{repeatZeros, uint8(r - 11), 7})
			n -= r
		}
	}
}

func (h *header) add(r sizeRun) {
	h.runs = append(h.runs, r)
	h.counts[r.symbol]++
}
