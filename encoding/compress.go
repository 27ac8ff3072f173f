package encoding

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// A Compression is how a body is compressed on the wire.
type Compression uint8

const (
	// CompressGzip, the default, is what every store reads.
	CompressGzip Compression = iota
	// CompressDeflate is HTTP's deflate, which is zlib. InfluxDB and older
	// VictoriaMetrics refuse it.
	CompressDeflate
	// CompressNone sends plain JSON.
	CompressNone
)

var compressionNames = [...]string{"gzip", "deflate", "none"}

// ParseCompression reads "gzip", "deflate" or "none".
func ParseCompression(s string) (Compression, error) {
	for i, name := range compressionNames {
		if s == name {
			return Compression(i), nil
		}
	}
	return 0, fmt.Errorf("%s is not a compression: use gzip, deflate or none", quote(s))
}

// String returns what [ParseCompression] reads.
func (c Compression) String() string {
	if !c.Valid() {
		return "Compression(" + strconv.Itoa(int(c)) + ")"
	}
	return compressionNames[c]
}

// Valid reports whether c is one of the compressions.
func (c Compression) Valid() bool { return int(c) < len(compressionNames) }

// ContentEncoding returns the value of the HTTP header, empty for none.
func (c Compression) ContentEncoding() string {
	if c == CompressNone {
		return ""
	}
	return c.String()
}

// A compressor writes one body after another, each begun by Reset.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

// newCompressor returns klauspost's writers. Of their levels 6 is the one from
// where a few bytes less cost a multiple of the time.
func newCompressor(c Compression, small bool) compressor {
	level := gzip.BestSpeed
	if small {
		level = 6
	}
	switch c {
	case CompressNone:
		return &plainWriter{}
	case CompressDeflate:
		w, _ := zlib.NewWriterLevel(io.Discard, level) // errs on an unknown level only
		return w
	default:
		w, _ := gzip.NewWriterLevel(io.Discard, level)
		return w
	}
}

type plainWriter struct{ io.Writer }

func (w *plainWriter) Reset(to io.Writer) { w.Writer = to }
func (w *plainWriter) Close() error       { return nil }

// decompressor returns a reader of the JSON of a body.
func decompressor(c Compression, body []byte) (io.Reader, error) {
	switch c {
	case CompressNone:
		return bytes.NewReader(body), nil
	case CompressDeflate:
		return zlib.NewReader(bytes.NewReader(body))
	}
	return gzip.NewReader(bytes.NewReader(body))
}
