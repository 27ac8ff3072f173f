package nettest

import (
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A Reply is what one request meets.
type Reply func(*http.Request) (*http.Response, error)

// A Wire is a network in memory: each request gets the next reply, and the last
// one over and over.
type Wire struct {
	Replies []Reply

	mu     sync.Mutex
	Bodies [][]byte    // of the requests so far
	At     []time.Time // when they came
}

// RoundTrip lets a request meet the next reply.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	do := w.Replies[min(len(w.Bodies), len(w.Replies)-1)]
	w.Bodies = append(w.Bodies, body)
	w.At = append(w.At, time.Now())
	w.mu.Unlock()
	return do(r)
}

// Sent returns the indexes of the points in each request, which is not compressed.
func (w *Wire) Sent() [][]int {
	var out [][]int
	for _, body := range w.Bodies {
		out = append(out, Indexes(encoding.Batch{Body: body, Compression: encoding.CompressNone}))
	}
	return out
}
