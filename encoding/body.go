package encoding

import "bytes"

const (
	stageSize = 64 << 10
	// maxValue bounds the text of a number: -0.0000012345678901234567 has 25.
	maxValue = 25
)

// A body is a JSON array under construction: text is staged, then compressed
// piece by piece, so that the JSON of a batch is never held whole.
type body struct {
	compression Compression
	w           compressor
	out         bytes.Buffer
	stage       []byte
	size        int // bytes of JSON so far
	points      int
}

func newBody(c Compression) *body {
	b := &body{compression: c, w: newCompressor(c)}
	b.w.Reset(&b.out)
	return b
}

func (b *body) add(point []byte) {
	b.stage = append(append(b.stage, b.separator()), point...)
	b.added(1 + len(point))
}

func (b *body) addPoint(head, stamp []byte, v Value) {
	before := len(b.stage)
	s := append(b.stage, b.separator())
	s = append(s, head...)
	s = append(s, stamp...)
	s = appendValue(s, v)
	b.stage = append(s, '}')
	b.added(len(b.stage) - before)
}

func (b *body) separator() byte {
	if b.points == 0 {
		return '['
	}
	return ','
}

func (b *body) added(n int) {
	b.points++
	b.size += n
	if len(b.stage) >= stageSize {
		b.flushStage()
	}
}

func (b *body) flushStage() {
	b.w.Write(b.stage) // into memory: it cannot fail
	b.stage = b.stage[:0]
}

// close returns the batch and begins the next. Its bytes are its own and cut to
// length, for a batch may wait long.
func (b *body) close() Batch {
	if b.points == 0 {
		b.stage = append(b.stage, '[')
	}
	b.stage = append(b.stage, ']')
	b.flushStage()
	b.w.Close()
	batch := Batch{Body: bytes.Clone(b.out.Bytes()), Compression: b.compression, Points: b.points}
	b.out.Reset()
	b.w.Reset(&b.out)
	b.size, b.points = 0, 0
	return batch
}
