package deflate

// The hot functions: what bodies are made of, as bits. Their state is held in
// registers, and room is made before.

// literals writes text, four bytes at a time.
func (b *bitWriter) literals(k *coding, text []byte) {
	c, out := b.cursor(2 * len(text))
	codes := &k.literals
	for ; len(text) >= 4; text = text[4:] {
		c0, c1, c2, c3 := codes[text[0]], codes[text[1]], codes[text[2]], codes[text[3]]
		low := c0.bits() | c1.bits()<<(c0.size()&63)
		high := c2.bits() | c3.bits()<<(c2.size()&63)
		size := c0.size() + c1.size()
		c = c.put(low|high<<(size&63), size+c2.size()+c3.size()).store(out)
	}
	for _, x := range text {
		c = c.put(codes[x].bits(), codes[x].size())
	}
	b.set(c.store(out))
}

// match writes a match of one part.
func (b *bitWriter) match(k *coding, distance, n int) {
	c, out := b.cursor(8)
	back, size := k.back(distance)
	length := k.lengths[n%512]
	b.set(c.put(length.bits()|back<<(length.size()&63), length.size()+size).store(out))
}

// A step is a match of any length, 0 for none, and the bytes of a number behind
// it, the lowest first. Above them are zeros.
type step struct {
	distance, run int
	number        uint64
}

// steps writes two steps; the match of the second, if there is one, is of one
// part. Most of its branches go the same way each time.
func (b *bitWriter) steps(k *coding, first, second step) {
	c, out := b.cursor(first.run/16 + 64) // more than needed, and found fast
	if first.run > 0 {
		back, size := k.back(first.distance)
		for run := first.run; run > 0; {
			part := firstPart(run)
			run -= part
			length := k.lengths[part%512]
			c = c.put(length.bits()|back<<(length.size()&63), length.size()+size).store(out)
		}
	}
	for x := pairsOf(first.number); x > 0; x >>= 32 { // two pairs at a time
		one, two := k.pairs[x&0x3ff], k.pairs[x>>16&0x3ff]
		c = c.put(one.bits()|two.bits()<<(one.size()&63), one.size()+two.size()).store(out)
	}
	if second.run > 0 {
		back, size := k.back(second.distance)
		length := k.lengths[second.run%512]
		c = c.put(length.bits()|back<<(length.size()&63), length.size()+size).store(out)
	}
	for x := pairsOf(second.number); x > 0; x >>= 32 {
		one, two := k.pairs[x&0x3ff], k.pairs[x>>16&0x3ff]
		c = c.put(one.bits()|two.bits()<<(one.size()&63), one.size()+two.size()).store(out)
	}
	b.set(c)
}

// firstPart returns the length of the first part of a match: the longest that
// leaves enough for another one.
func firstPart(run int) int {
	if run > maxMatch && run < maxMatch+MinMatch {
		return run - MinMatch
	}
	return min(run, maxMatch)
}
