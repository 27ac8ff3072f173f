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
	text  []byte // },"timestamp":TIME,"value":
}

const (
	stampBegin = `},"timestamp":`
	stampEnd   = `,"value":`

	// stampSize is what a stamp in seconds has, from 2001 to 2286.
	stampSize = len(stampBegin) + len("1700000000") + len(stampEnd)
)

func (s *stamp) set(ticks int64) {
	if ticks != s.ticks {
		s.ticks = ticks
		s.text = append(strconv.AppendInt(append(s.text[:0], stampBegin...), ticks, 10), stampEnd...)
	}
}

// pointSize returns the bytes of JSON of a point, the separator before it
// included.
func pointSize(s *Series, at *stamp, value int) int { return s.size + len(at.text) + value }

// A pointSink writes the JSON arrays of points, one body after another. A stage
// collects text for any compressor, a pointWriter compresses by what it knows of
// series, and a firstSink begins it.
type pointSink interface {
	// add puts a point into the body at hand, and returns its bytes of JSON.
	add(s *Series, at *stamp, v Value) int
	// direct returns the writer that may be given the rest of the body without a
	// way round; nil where there is none.
	direct() *pointWriter
	// close ends the body and begins the next. It returns it in memory that
	// room gives.
	close(room func(size int) []byte) []byte
	// endRound says that a collection ends.
	endRound()
}

func newPointSink(c Compression, small bool) pointSink {
	switch {
	case c == CompressGzip && !small:
		return &firstSink{pointWriter: newPointWriter(deflate.Gzip)}
	case c == CompressDeflate && !small:
		return &firstSink{pointWriter: newPointWriter(deflate.Zlib)}
	}
	return newStage(c, small)
}

// A stage collects text and compresses it piece by piece, so that the JSON of a
// batch is never held whole.
type stage struct {
	w      compressor
	out    bytes.Buffer
	text   []byte
	points int

	last *TagSet // of the last point; series of one set follow each other
	tags []byte  // rendered
}

func newStage(c Compression, small bool) *stage {
	b := &stage{w: newCompressor(c, small)}
	b.w.Reset(&b.out)
	return b
}

// addText adds a point as it stands.
func (b *stage) addText(point []byte) {
	b.text = append(append(b.text, b.separator()), point...)
	b.added()
}

func (b *stage) add(s *Series, at *stamp, v Value) int {
	text := append(append(b.text, b.separator()), s.name.text.string[len(separator):]...)
	if s.tags != b.last {
		b.last, b.tags = s.tags, s.tags.append(b.tags[:0])
	}
	text = s.appendPart(append(text, b.tags...))
	text = append(text, at.text...)
	begin := len(text)
	text = appendValue(text, v)
	size := pointSize(s, at, len(text)-begin)
	b.text = append(text, '}')
	b.added()
	return size
}

func (b *stage) direct() *pointWriter { return nil }

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

func (b *stage) close(room func(size int) []byte) []byte {
	if b.points == 0 {
		b.text = append(b.text, '[')
	}
	b.text = append(b.text, ']')
	b.flush()
	b.w.Close()
	body := append(room(b.out.Len()), b.out.Bytes()...)
	b.out.Reset()
	b.w.Reset(&b.out)
	b.points, b.last = 0, nil
	return body
}

func (b *stage) endRound() {}
