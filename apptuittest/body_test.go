package apptuittest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"
)

func compressed(r *http.Request, name string, w io.WriteCloser, buf *bytes.Buffer, body string) *http.Request {
	io.WriteString(w, body)
	w.Close()
	r.Header.Set("Content-Encoding", name)
	r.Body, r.ContentLength = io.NopCloser(buf), int64(buf.Len())
	return r
}

func gzipped(r *http.Request, body string) *http.Request {
	var buf bytes.Buffer
	return compressed(r, "gzip", gzip.NewWriter(&buf), &buf, body)
}

func deflated(r *http.Request, body string) *http.Request {
	var buf bytes.Buffer
	return compressed(r, "deflate", zlib.NewWriter(&buf), &buf, body)
}

func TestPutCompressions(t *testing.T) {
	srv := NewUnstartedServer()
	wantStatus(t, serve(srv, gzipped(newPut("/api/put", ""), onePoint)), 204)
	wantStatus(t, serve(srv, deflated(newPut("/api/put", ""), onePoint)), 204)
	identity := newPut("/api/put", onePoint)
	identity.Header.Set("Content-Encoding", "identity")
	wantStatus(t, serve(srv, identity), 204)
	wantMetrics(t, srv, "node.cpu", "node.cpu", "node.cpu")

	cut := gzipped(newPut("/api/put", ""), onePoint)
	cut.Body = io.NopCloser(io.LimitReader(cut.Body, cut.ContentLength-4))
	for name, r := range map[string]*http.Request{
		"gzip that is none": newPut("/api/put", onePoint), "gzip cut short": cut,
	} {
		r.Header.Set("Content-Encoding", "gzip")
		w := serve(srv, r)
		wantStatus(t, w, 400)
		if text := message(t, w.Body.String()); !strings.Contains(text, "not gzip") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestPutRefusesBodies(t *testing.T) {
	header := func(key, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(key, value) }
	}
	srv := NewUnstartedServer()
	for name, tc := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		want   string
	}{
		"chunked":             {onePoint, func(r *http.Request) { r.ContentLength = -1 }, 400, "Chunked request not supported"},
		"content type":        {onePoint, header("Content-Type", "text/plain"), 415, "Content-Type"},
		"no content type":     {onePoint, func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "Content-Type"},
		"compression":         {onePoint, header("Content-Encoding", "br"), 415, "Content-Encoding"},
		"compression twice":   {onePoint, header("Content-Encoding", "gzip, gzip"), 415, "Content-Encoding"},
		"deflate that is not": {onePoint, header("Content-Encoding", "deflate"), 400, "not deflate"},
		"empty":               {"", nil, 400, "not a JSON array"},
		"not JSON":            {"put m 1 2", nil, 400, "not a JSON array"},
		"cut short":           {onePoint[:20], nil, 400, "not a JSON array"},
		"NaN":                 {`[{"value":NaN}]`, nil, 400, "not a JSON array"},
		"two objects":         {`{},{}`, nil, 400, "not a JSON array"},
		"a number":            {"5", nil, 400, "not a JSON array"},
		"null":                {"null", nil, 400, "no points"},
		"empty array":         {" [] ", nil, 400, "no points"},
		"element":             {`[{},5]`, nil, 400, "element 1 of the body is not an object"},
		"null element":        {`[null]`, nil, 400, "element 0 of the body is not an object"},
		"method":              {onePoint, func(r *http.Request) { r.Method = http.MethodPut }, 405, "method"},
		"path":                {onePoint, func(r *http.Request) { r.URL.Path = "/api/put/" }, 404, "/api/put"},
	} {
		r := newPut("/api/put?details", tc.body)
		if tc.change != nil {
			tc.change(r)
		}
		w := serve(srv, r)
		if text := message(t, w.Body.String()); w.Code != tc.status || !strings.Contains(text, tc.want) {
			t.Errorf("%s: answered %d %q, want %d %q", name, w.Code, text, tc.status, tc.want)
		}
	}
	wantMetrics(t, srv)
}

func TestPutBodyFails(t *testing.T) {
	r := newPut("/api/put", onePoint)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("["), failingReader{}))
	wantStatus(t, serve(NewUnstartedServer(), r), 400)
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestPutBodyBounds(t *testing.T) {
	size := len(onePoint)
	for _, tc := range []struct {
		opt    Option
		status int
	}{
		{withMaxBodyBytes(size), 204},
		{withMaxBodyBytes(size - 1), 413},
		{withMaxJSONBytes(size), 204},
		{withMaxJSONBytes(size - 1), 413},
		{withMaxBodyBytes(0), 204}, // the default
	} {
		wantStatus(t, serve(NewUnstartedServer(tc.opt), newPut("/api/put", onePoint)), tc.status)
	}
}

func TestPutZipBomb(t *testing.T) {
	srv := NewUnstartedServer(withMaxJSONBytes(1 << 10))
	bomb := strings.Repeat(" ", 1<<17)
	wantStatus(t, serve(srv, gzipped(newPut("/api/put", ""), bomb)), 413)
	wantStatus(t, serve(srv, deflated(newPut("/api/put", ""), bomb)), 413)
}

func TestPutTooLargeIsAnsweredOverTheWire(t *testing.T) {
	srv := newServer(t, withMaxBodyBytes(1<<10))
	status, text, err := post(srv, strings.Repeat(" ", 4<<20))
	if err != nil || status != 413 {
		t.Errorf("answered %d %s, %v", status, text, err)
	}
}
