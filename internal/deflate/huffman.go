package deflate

import (
	"math/bits"
	"slices"
)

// A code is the code of a symbol: its bits, lowest first, and how many.
type code uint32

func makeCode(v uint32, n uint) code { return code(v<<8 | uint32(n)) }
func (c code) bits() uint64          { return uint64(c >> 8) }
func (c code) size() uint            { return uint(c & 0xff) }

// A huffman makes codes; it holds what that needs, to allocate nothing.
type huffman struct {
	sorted [numSymbols]uint64 // count and symbol, rising
	weight [2 * numSymbols]uint64
	parent [2 * numSymbols]uint16
	depth  [2 * numSymbols]uint8
}

// lengths sets sizes to the code lengths of a prefix code for the symbols that
// are counted, no longer than limit: the shortest where limit allows it, and
// always complete. At least two symbols get a code, counted or not, for no
// reader minds that, and some mind a code of one. Counts are below 1<<48.
func (h *huffman) lengths(sizes []uint8, counts []uint32, limit int) {
	clear(sizes)
	sorted := h.sort(counts)
	perLength := h.tree(sorted, limit)
	next := 0 // the rarest get the longest
	for n := limit; n > 0; n-- {
		for range perLength[n] {
			sizes[uint16(sorted[next])] = uint8(n)
			next++
		}
	}
}

// sort returns the symbols that get a code, the rarest first, each behind its
// count.
func (h *huffman) sort(counts []uint32) []uint64 {
	const symbolBits = 16
	sorted := h.sorted[:0]
	for symbol, n := range counts {
		if n > 0 {
			sorted = append(sorted, uint64(n)<<symbolBits|uint64(symbol))
		}
	}
	for symbol := 0; len(sorted) < 2; symbol++ {
		if counts[symbol] == 0 {
			sorted = append(sorted, uint64(symbol))
		}
	}
	slices.Sort(sorted)
	return sorted
}

// tree returns how many symbols have a code of each length. It joins the two
// lightest nodes until one is left; leaves and joined nodes are each in rising
// order, so that the lightest is at the head of one of the two.
func (h *huffman) tree(sorted []uint64, limit int) (perLength [16]int) {
	n := len(sorted)
	for i, s := range sorted {
		h.weight[i] = s >> 16
	}
	leaf, joined := 0, n
	lightest := func(end int) int {
		if leaf < n && (joined == end || h.weight[leaf] <= h.weight[joined]) {
			leaf++
			return leaf - 1
		}
		joined++
		return joined - 1
	}
	root := 2*n - 2
	for i := n; i <= root; i++ {
		a := lightest(i)
		b := lightest(i)
		h.weight[i] = h.weight[a] + h.weight[b]
		h.parent[a], h.parent[b] = uint16(i), uint16(i)
	}
	h.depth[root] = 0
	taken := 0 // in units of the longest code
	for i := root - 1; i >= 0; i-- {
		h.depth[i] = h.depth[h.parent[i]] + 1
		if i < n {
			length := min(int(h.depth[i]), limit)
			perLength[length]++
			taken += 1 << (limit - length)
		}
	}
	shorten(&perLength, limit, taken-1<<limit)
	return perLength
}

// shorten gives back what was taken too much by cutting codes to limit. Each
// step lengthens one shorter code by a bit and puts one of the longest beside
// it, which gives back one.
func shorten(perLength *[16]int, limit, excess int) {
	for range excess {
		n := limit - 1
		for perLength[n] == 0 {
			n--
		}
		perLength[n]--
		perLength[n+1] += 2
		perLength[limit]--
	}
}

// assign sets codes from their lengths.
func assign(codes []code, sizes []uint8) {
	var next [17]uint32
	for _, n := range sizes {
		next[n+1]++
	}
	next[1] = 0 // symbols without a code
	for n := 1; n < len(next); n++ {
		next[n] = (next[n] + next[n-1]) << 1
	}
	for symbol, n := range sizes {
		if n == 0 {
			codes[symbol] = 0
			continue
		}
		codes[symbol] = makeCode(bits.Reverse32(next[n])>>(32-n), uint(n))
		next[n]++
	}
}
