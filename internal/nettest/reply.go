package nettest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptrace"
)

// Status answers with a body and with headers given as name, value pairs.
func Status(code int, body string, header ...string) Reply {
	return Body(code, func(*http.Request) io.ReadCloser { return io.NopCloser(bytes.NewBufferString(body)) }, header...)
}

// Body answers with any body.
func Body(code int, body func(*http.Request) io.ReadCloser, header ...string) Reply {
	return func(r *http.Request) (*http.Response, error) {
		h := make(http.Header)
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: code, Header: h, Body: body(r), Request: r}, nil
	}
}

// Fails is a request without an answer.
func Fails(err error) Reply {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// Hangs holds the request until its context ends, connected, and written if wrote.
func Hangs(wrote bool) Reply {
	return func(r *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(r.Context())
		trace.GotConn(httptrace.GotConnInfo{})
		if wrote {
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
}

// Slowly returns a body that begins and never ends, for [Body].
func Slowly(begin string) func(*http.Request) io.ReadCloser {
	return func(r *http.Request) io.ReadCloser { return slowBody{bytes.NewBufferString(begin), r} }
}

type slowBody struct {
	io.Reader
	r *http.Request
}

func (b slowBody) Read(p []byte) (int, error) {
	if n, _ := b.Reader.Read(p); n > 0 {
		return n, nil
	}
	<-b.r.Context().Done()
	return 0, b.r.Context().Err()
}

func (slowBody) Close() error { return nil }

// Endless is a body that never ends, of control characters. What was read of it is in
// Count.
type Endless struct{ Count *int }

// Read fills p.
func (e Endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\x01'
	}
	*e.Count += len(p)
	return len(p), nil
}

// Close does nothing.
func (Endless) Close() error { return nil }
