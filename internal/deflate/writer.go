package deflate

import "encoding/binary"

// A Writer makes one body after another. For each, its owner tells in the order
// of the text
//
//	what it is made of, by Literals and Match, and
//	what its checksum is made of, by AddText and AddSum,
//
// where the second may run behind the first, and ends it by Close. A Writer is
// for one goroutine at a time.
type Writer struct {
	format Format
	bits   bitWriter
	block  block

	distance, run int // the match that is still growing

	sum  uint32
	size uint32 // of the text, as gzip counts it: modulo 1<<32
}

// NewWriter returns a writer of a format.
func NewWriter(f Format) *Writer {
	w := &Writer{format: f}
	w.block.literals = make([]byte, 0, maxLiterals)
	w.block.matches = make([]match, 0, maxMatches+1)
	w.begin()
	return w
}

// Literals writes text as it is.
func (w *Writer) Literals(text []byte) {
	w.endRun()
	k := &w.block
	for len(text) > maxLiterals-len(k.literals) {
		n := maxLiterals - len(k.literals)
		k.literals = append(k.literals, text[:n]...)
		text = text[n:]
		k.write(&w.bits, false)
	}
	k.literals = append(k.literals, text...)
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

// endRun writes the match that has grown, in parts of what one may be.
func (w *Writer) endRun() {
	run := w.run
	w.run = 0
	for run > 0 {
		n := min(run, maxMatch)
		if rest := run - n; rest > 0 && rest < MinMatch {
			n -= MinMatch - rest
		}
		run -= n
		if len(w.block.matches) == maxMatches {
			w.block.write(&w.bits, false)
		}
		w.block.addMatch(w.distance, n)
	}
}

// AddText puts text into the checksum. It is made for short text.
func (w *Writer) AddText(text []byte) {
	w.size += uint32(len(text))
	if w.format == Zlib {
		w.sum = adlerText(w.sum, text)
		return
	}
	w.sum = crcText(w.sum, text)
}

// AddSum puts n bytes of text into the checksum whose sum is known by
// [Format.Sum].
func (w *Writer) AddSum(sum uint32, n int) {
	w.size += uint32(n)
	w.sum = w.format.Join(w.sum, sum, n)
}

// Close ends the body and returns it, in memory of its own and cut to length.
// The next one begins.
func (w *Writer) Close() []byte {
	w.endRun()
	w.block.write(&w.bits, true)
	w.bits.align()
	if w.format == Zlib {
		w.bits.out = binary.BigEndian.AppendUint32(w.bits.out, w.sum)
	} else {
		w.bits.out = binary.LittleEndian.AppendUint32(w.bits.out, ^w.sum)
		w.bits.out = binary.LittleEndian.AppendUint32(w.bits.out, w.size)
	}
	body := make([]byte, len(w.bits.out))
	copy(body, w.bits.out)
	w.begin()
	return body
}

// Len returns how many bytes the body has so far, without the block at hand.
func (w *Writer) Len() int { return len(w.bits.out) }

const (
	gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff" // no time, fastest, unknown system
	zlibHeader = "\x78\x01"                                 // a window of 32 KiB, fastest
)

func (w *Writer) begin() {
	head := gzipHeader
	if w.format == Zlib {
		head = zlibHeader
	}
	w.bits.out = append(w.bits.out[:0], head...)
	w.distance, w.run = 0, 0
	w.sum, w.size = w.format.initial(), 0
}
