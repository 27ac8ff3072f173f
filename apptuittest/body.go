package apptuittest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// A put is what the body of a put held.
type put struct {
	points []sentPoint
	err    error // why the body as a whole cannot be taken
}

// put reads the body, the first time it is called. The body on the wire can be
// read again from the request afterwards.
func (x *exchange) put() *put {
	if x.read == nil {
		x.read = &put{}
		x.read.points, x.read.err = x.readPut()
		x.entry.Points = len(x.read.points)
	}
	return x.read
}

func (x *exchange) readPut() ([]sentPoint, error) {
	if err := x.receive(); err != nil {
		return nil, err
	}
	if err := checkHeader(x.r); err != nil {
		return nil, err
	}
	text, err := x.decompress()
	if err != nil {
		return nil, err
	}
	n, err := countPoints(text)
	if err != nil {
		return nil, err
	}
	x.lease.shrink(putBytes(len(text), n))
	points := make([]sentPoint, 0, n)
	for text := range elements(text) {
		p, err := readPoint(text, x.srv.cfg.maxTags)
		if err != nil {
			return nil, refusef(http.StatusBadRequest, "element %d of the body is %v", len(points), err)
		}
		points = append(points, p)
	}
	return points, nil
}

// putBytes returns about what n points take in memory whose JSON is text bytes
// long: the text while it grows, the identities, whose characters may be longer
// than they came, and the points with their errors.
func putBytes(text, n int) int { return 4*text + 250*min(n, maxPutPoints) }

// receive reads the body before anything is said about it, and puts it back
// for who reads it next.
func (x *exchange) receive() error {
	if x.wire != nil {
		return nil
	}
	x.wire, _ = x.srv.wire.take(0)
	if x.r.Body == nil { // a client's request, answered in process
		x.r.Body = http.NoBody
	}
	body, limit := x.r.Body, x.srv.cfg.maxBodyBytes
	for len(x.body) <= limit {
		if len(x.body) == cap(x.body) && !x.extend(limit+1) {
			io.Copy(io.Discard, io.LimitReader(body, maxDrain))
			return refusef(http.StatusServiceUnavailable, "too many large bodies at one time: send it again later")
		}
		n, err := body.Read(x.body[len(x.body):min(cap(x.body), limit+1)])
		x.body = x.body[:len(x.body)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return refusef(http.StatusBadRequest, "the body could not be read: %v", err)
		}
	}
	if len(x.body) > limit {
		io.Copy(io.Discard, io.LimitReader(body, maxDrain))
		return refusef(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", limit)
	}
	x.r.Body = io.NopCloser(bytes.NewReader(x.body))
	return nil
}

// extend makes room for more of the body, and reports whether there is any.
func (x *exchange) extend(limit int) bool {
	n := min(max(2*cap(x.body), 4<<10), limit)
	if !x.wire.grow(n - cap(x.body)) {
		return false
	}
	x.body = append(make([]byte, 0, n), x.body...)
	return true
}

func checkHeader(r *http.Request) error {
	if r.ContentLength < 0 {
		return refusef(http.StatusBadRequest, "Chunked request not supported")
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return refusef(http.StatusUnsupportedMediaType, "the Content-Type is not application/json")
	}
	return nil
}

// maxRatio is how much larger than its compressed form a text can be.
const maxRatio = 1_040

// decompress returns the JSON of the body, once there is memory for it and for
// what is made of it.
func (x *exchange) decompress() ([]byte, error) {
	limit := x.srv.cfg.maxJSONBytes
	encoding := strings.ToLower(x.r.Header.Get("Content-Encoding"))
	plain := encoding == "" || encoding == "identity"
	size := len(x.body)
	if !plain {
		size = min(size*maxRatio, limit)
	}
	var err error
	if x.lease, err = x.srv.work.enter(x.r.Context(), putBytes(size, size/3)); err != nil {
		return nil, err
	}
	if !plain {
		return decompress(encoding, x.body, limit)
	}
	if size > limit {
		return nil, tooMuchJSON(limit)
	}
	return x.body, nil
}

func tooMuchJSON(limit int) error {
	return refusef(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes of JSON", limit)
}

// decompress returns at most limit bytes.
func decompress(encoding string, body []byte, limit int) ([]byte, error) {
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "deflate":
		r, err = zlib.NewReader(r)
	default:
		return nil, refusef(http.StatusUnsupportedMediaType, "the Content-Encoding is not gzip, deflate or identity")
	}
	if err != nil {
		return nil, refusef(http.StatusBadRequest, "the body is not %s: %v", encoding, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if len(text) > limit {
		return nil, tooMuchJSON(limit)
	}
	if err != nil {
		return nil, refusef(http.StatusBadRequest, "the body is not %s: %v", encoding, err)
	}
	return text, nil
}
