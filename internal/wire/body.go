package wire

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// DefaultMaxAnswerBytes bounds the answers to requests.
const DefaultMaxAnswerBytes = 64 << 20

// ErrAnswerTooLarge says that an answer is larger than WithMaxAnswerBytes.
var ErrAnswerTooLarge = errors.New("the answer is larger than it may be (WithMaxAnswerBytes)")

// A boundedReader fails where more than left bytes come. It does not read more
// than one byte beyond them.
type boundedReader struct {
	r    io.Reader
	left int64
	err  error // that r failed with, other than io.EOF
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		return 0, ErrAnswerTooLarge
	}
	b.left -= int64(n)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// decompressed returns what a body holds, at most limit bytes of it. The reader
// is never nil.
func decompressed(h http.Header, wire io.Reader, limit int64) (io.Reader, error) {
	switch strings.ToLower(h.Get("Content-Encoding")) {
	case "", "identity":
		return wire, nil
	case "gzip", "x-gzip":
		r, err := gzip.NewReader(wire)
		if err != nil {
			return strings.NewReader(""), cutOff(err)
		}
		return &boundedReader{r: r, left: limit}, nil
	}
	return strings.NewReader(""), errors.New("it is compressed by something other than gzip")
}

// cutOff tells a body that ends before it begins from one that is not gzip.
func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readText reads what a server says about an error, as far as it comes. The error says
// that it may have gone on.
func readText(body io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(body, maxBody)) }
