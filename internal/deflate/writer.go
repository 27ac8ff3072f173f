package deflate

import "encoding/binary"

// A Writer makes one body after another. Each is begun by Begin, as the one of
// some place in a round of bodies; then its owner tells in the order of the text
//
//	what it is made of, by Literals, Number, Match and Numbers, and
//	what its checksum is made of, by AddText, AddWord, AddSum and AddSumWord,
//
// where the second may run behind the first, and ends it by Close. A Writer is
// for one goroutine at a time.
type Writer struct {
	format   Format
	counting bool // this body's symbols are counted
	bits     bitWriter

	distance, run int // the match that is still growing

	sum  uint32
	size uint32 // of the text, as gzip counts it: modulo 1<<32

	coding *coding // of this body
	places []*place
	place  *place // of this body
	coder  coder
	most   int // bytes that a body had lately
}

// A place is one of a round's bodies. From round to round it is much the same.
type place struct {
	coding coding
	counts counts
	bodies uint // so far
}

const (
	// countEvery is how often a body of a place is counted, and with it the code
	// made anew, once it is no longer new: before, those are whose number is a
	// power of two.
	countEvery = 64
	// maxPlaces bounds the places. All bodies behind are as the last.
	maxPlaces = 32
)

// NewWriter returns a writer of a format.
func NewWriter(f Format) *Writer {
	w := &Writer{format: f, place: &place{counts: usual()}}
	w.coder.make(&w.place.coding, f, &w.place.counts)
	w.place.counts.age()
	return w
}

// Begin begins a body, by its number in the round from 0. The first of a place is
// written like the body before it.
func (w *Writer) Begin(number int) {
	number = min(number, maxPlaces-1)
	for len(w.places) <= number {
		w.places = append(w.places, &place{coding: w.place.coding.clone(), counts: w.place.counts})
	}
	p := w.places[number]
	w.place, w.coding = p, &p.coding
	w.counting = p.bodies&(p.bodies-1) == 0 || p.bodies%countEvery == 0
	p.bodies++
	w.most = max(len(w.bits.out), w.most-w.most/16)
	if cap(w.bits.out) > 4*w.most+64<<10 {
		w.bits.out = nil // a burst is not to be paid for ever
	}
	w.bits.beginAs(&p.coding.head)
	w.distance, w.run = 0, 0
	w.sum, w.size = w.format.initial(), 0
}

// Literals writes text as it is.
func (w *Writer) Literals(text []byte) {
	w.endRun()
	if w.counting {
		w.countText(text)
	}
	w.bits.literals(w.coding, text)
}

// Number writes the bytes of x, the lowest first, of which a number is made:
// digits, and any of ".-+e". Above them are zeros.
func (w *Writer) Number(x uint64) {
	if w.counting {
		w.countRun()
		w.countNumber(x)
	}
	w.bits.steps(w.coding, step{w.distance, w.run, x}, step{})
	w.run = 0
}

// Numbers is Match and Number, and then Match and Number once more.
func (w *Writer) Numbers(distance, n int, x uint64, distance2, n2 int, x2 uint64) {
	if w.counting || w.run > 0 || n2 > maxMatch {
		w.Match(distance, n)
		w.Number(x)
		w.Match(distance2, n2)
		w.Number(x2)
		return
	}
	w.bits.steps(w.coding, step{distance, n, x}, step{distance2, n2, x2})
}

// Match repeats n bytes of the text that stand distance bytes back, at most
// [Window]. Matches of one distance that follow each other are one, which may
// have any length from [MinMatch] up.
func (w *Writer) Match(distance, n int) {
	if distance != w.distance {
		w.endRun()
		w.distance = distance
	}
	w.run += n
}

// Distance returns that of the match that still grows: text that follows at it
// costs nothing to copy. It is 0 where there is none.
func (w *Writer) Distance() int {
	if w.run == 0 {
		return 0
	}
	return w.distance
}

// endRun writes the match that has grown. Most are of one part.
func (w *Writer) endRun() {
	switch {
	case w.run == 0:
	case w.run > maxMatch || w.counting:
		w.Number(0)
	default:
		w.bits.match(w.coding, w.distance, w.run)
		w.run = 0
	}
}

// countRun counts the symbols of the match that has grown.
func (w *Writer) countRun() {
	for run := w.run; run > 0; {
		part := firstPart(run)
		run -= part
		w.place.counts.symbols[lengths[part].symbol]++
		symbol, _ := distanceSymbol(uint32(w.distance - 1))
		w.place.counts.distances[symbol]++
	}
}

func (w *Writer) countText(text []byte) {
	for _, x := range text {
		w.place.counts.symbols[x]++
	}
}

func (w *Writer) countNumber(x uint64) {
	for ; x > 0; x >>= 8 {
		w.place.counts.symbols[byte(x)]++
	}
}

// AddText puts text into the checksum. It is made for short text.
func (w *Writer) AddText(text []byte) {
	w.size += uint32(len(text))
	w.sum = w.format.Append(w.sum, text)
}

// AddSum puts n bytes of text into the checksum whose sum is known by
// [Format.Sum].
func (w *Writer) AddSum(sum uint32, n int) {
	w.size += uint32(n)
	w.sum = w.format.Join(w.sum, sum, n)
}

// AddWord is AddText of the n bytes of x, the lowest first. Above them are zeros.
func (w *Writer) AddWord(x uint64, n int) {
	w.size += uint32(n)
	w.sum = w.format.appendWord(w.sum, x, n)
}

// AddSumWord is AddSum of n bytes, and then AddWord.
func (w *Writer) AddSumWord(sum uint32, n int, x uint64, size int) {
	w.size += uint32(n + size)
	w.sum = w.format.appendWord(w.format.Join(w.sum, sum, n), x, size)
}

// Close ends the body and returns it. It is valid until the next one begins.
func (w *Writer) Close() []byte {
	w.endRun()
	w.bits.reserve(16)
	w.bits.bits(w.coding.end.bits(), w.coding.end.size())
	w.bits.align()
	if w.format == Zlib {
		w.bits.out = binary.BigEndian.AppendUint32(w.bits.out, w.sum)
	} else {
		w.bits.out = binary.LittleEndian.AppendUint32(w.bits.out, ^w.sum)
		w.bits.out = binary.LittleEndian.AppendUint32(w.bits.out, w.size)
	}
	if w.counting {
		w.coder.make(w.coding, w.format, &w.place.counts)
		w.place.counts.age()
	}
	return w.bits.out
}
