package wire

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// A payload is the body of a request. net/http may read it from its own
// goroutines, even when the request is over; it closes it in the end. Until then
// its memory is lent.
type payload struct {
	body    []byte
	readers atomic.Int32 // not closed
	first   payloadReader
}

// again opens the body once more.
func (p *payload) again() (io.ReadCloser, error) {
	p.readers.Add(1)
	return &payloadReader{payload: p, rest: p.body}, nil
}

// lent reports whether the body may yet be read.
func (p *payload) lent() bool { return p.readers.Load() > 0 }

// attach makes p the body of a request, of a known length, so that nothing is
// chunked, and such that net/http can send it again.
func (p *payload) attach(req *http.Request) {
	req.ContentLength = int64(len(p.body))
	if len(p.body) == 0 {
		req.Body = http.NoBody
		return
	}
	p.readers.Add(1)
	p.first.payload, p.first.rest = p, p.body
	req.Body, req.GetBody = &p.first, p.again
}

// A payloadReader reads a payload. Once it is closed it does not touch it any
// more: mu is held while bytes are copied, and never while the network waits.
type payloadReader struct {
	payload *payload
	mu      sync.Mutex
	rest    []byte
	closed  bool
}

func (r *payloadReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return 0, http.ErrBodyReadAfterClose
	case len(r.rest) == 0:
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *payloadReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.closed = true
		r.payload.readers.Add(-1)
	}
	return nil
}
