package apptuittest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxDrain bounds what is read and thrown away of a body that is too large, so
// that the client hears 413 rather than a connection that breaks.
const maxDrain = 256 << 20

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
	cfg := &x.srv.cfg
	body, err := receive(x.r, cfg.maxBodyBytes)
	if err != nil {
		return nil, err
	}
	if err := checkHeader(x.r); err != nil {
		return nil, err
	}
	text, err := decompress(x.r.Header.Get("Content-Encoding"), body, cfg.maxJSONBytes)
	if err != nil {
		return nil, err
	}
	texts, err := splitPoints(text)
	if err != nil {
		return nil, err
	}
	points := make([]sentPoint, len(texts))
	for i, text := range texts {
		if points[i], err = readPoint(text, cfg.maxTags); err != nil {
			return nil, refusef(http.StatusBadRequest, "element %d of the body is %v", i, err)
		}
	}
	return points, nil
}

// receive reads the body before anything is said about it, and puts it back
// for who reads it next.
func receive(r *http.Request, limit int) ([]byte, error) {
	if r.Body == nil { // a client's request, answered in process
		r.Body = http.NoBody
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return nil, refusef(http.StatusBadRequest, "the body could not be read: %v", err)
	}
	if len(body) > limit {
		io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain))
		return nil, refusef(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", limit)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
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

// decompress returns the JSON of a body, at most limit bytes of it.
func decompress(encoding string, body []byte, limit int) ([]byte, error) {
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch strings.ToLower(encoding) {
	case "", "identity":
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
		return nil, refusef(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes of JSON", limit)
	}
	if err != nil {
		return nil, refusef(http.StatusBadRequest, "the body is not %s: %v", encoding, err)
	}
	return text, nil
}

// splitPoints returns the elements of an array, or the one object that stands
// in place of it.
func splitPoints(text []byte) ([]json.RawMessage, error) {
	var points []json.RawMessage
	var target any = &points
	if bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
		points = make([]json.RawMessage, 1)
		target = &points[0]
	}
	if err := json.Unmarshal(text, target); err != nil {
		return nil, refusef(http.StatusBadRequest, "the body is not a JSON array of points: %v", err)
	}
	if len(points) == 0 {
		return nil, refusef(http.StatusBadRequest, "the body holds no points")
	}
	return points, nil
}
