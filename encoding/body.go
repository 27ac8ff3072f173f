package encoding

import (
	"bytes"
	"strconv"

	"github.com/apptuitai/apptuit-go/internal/deflate"
)

const (
	stageSize = 64 << 10
	// maxValue bounds the text of a number: -0.0000012345678901234567 has 25.
	maxValue = 25
)

// A stamp is a time as points hold it.
type stamp struct {
	ticks int64
	text  []byte // TIME,"value":
}

func (s *stamp) set(ticks int64) {
	if ticks != s.ticks {
		s.ticks = ticks
		s.text = append(strconv.AppendInt(s.text[:0], ticks, 10), `,"value":`...)
	}
}

// A pointSink writes the JSON arrays of points, one body after another. A stage
// collects text for any compressor, a pointWriter compresses by what it knows of
// series, and a sizedSink chooses.
type pointSink interface {
	// headLen returns the length of a series' head, 0 where it has none. Who
	// knows it otherwise does not touch the series.
	headLen(s *Series) int
	// add puts a point into the body at hand, and returns its bytes of JSON.
	add(s *Series, at *stamp, v Value) int
	// close returns the body, in memory of its own, and begins the next.
	close() []byte
	// endRound says that what follows is like what came since it was said last.
	endRound()
}

func newPointSink(c Compression, l Level) pointSink {
	text := newStage(c, l)
	switch {
	case c == CompressGzip && l == LevelFast:
		return &sizedSink{small: text, large: newPointWriter(deflate.Gzip)}
	case c == CompressDeflate && l == LevelFast:
		return &sizedSink{small: text, large: newPointWriter(deflate.Zlib)}
	}
	return text
}

// A stage collects text and compresses it piece by piece, so that the JSON of a
// batch is never held whole.
type stage struct {
	w      compressor
	out    bytes.Buffer
	text   []byte
	points int
}

func newStage(c Compression, l Level) *stage {
	b := &stage{w: newCompressor(c, l)}
	b.w.Reset(&b.out)
	return b
}

// addText adds a point as it stands.
func (b *stage) addText(point []byte) {
	b.text = append(append(b.text, b.separator()), point...)
	b.added()
}

func (b *stage) headLen(s *Series) int { return s.headLen() }

func (b *stage) add(s *Series, at *stamp, v Value) int {
	before := len(b.text)
	text := append(b.text, b.separator())
	text = append(text, s.head...)
	text = append(text, at.text...)
	text = appendValue(text, v)
	b.text = append(text, '}')
	size := len(b.text) - before
	b.added()
	return size
}

func (b *stage) separator() byte {
	if b.points == 0 {
		return '['
	}
	return ','
}

func (b *stage) added() {
	b.points++
	if len(b.text) >= stageSize {
		b.flush()
	}
}

func (b *stage) flush() {
	b.w.Write(b.text) // into memory: it cannot fail
	b.text = b.text[:0]
}

// close cuts the body to length, for it may wait long.
func (b *stage) close() []byte {
	if b.points == 0 {
		b.text = append(b.text, '[')
	}
	b.text = append(b.text, ']')
	b.flush()
	b.w.Close()
	body := bytes.Clone(b.out.Bytes())
	b.out.Reset()
	b.w.Reset(&b.out)
	b.points = 0
	return body
}

func (b *stage) endRound() {}
