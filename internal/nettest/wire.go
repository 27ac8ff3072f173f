package nettest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A Reply is what one request meets.
type Reply func(*http.Request) (*http.Response, error)

// A Wire is a network in memory: each request gets the next reply. When they are
// used up it reaches the End, or gets the last one over and over.
type Wire struct {
	Replies []Reply
	End     http.Handler // the store; nil for none

	mu     sync.Mutex
	played int         // of Replies
	always Reply       // in place of the end
	Bodies [][]byte    // of the requests so far; of a large one that goes to an End nil
	At     []time.Time // when they came
	Tokens []string    // their Authorization

	asked []*http.Request
}

// readAtMost bounds what is kept of a body where there is an End.
const readAtMost = 1 << 10

// RoundTrip lets a request meet the next reply.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if w.End == nil || r.ContentLength < readAtMost {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return w.next(r, body)(r.WithContext(context.WithValue(r.Context(), endKey{}, w.End)))
}

func (w *Wire) next(r *http.Request, body []byte) Reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Bodies = append(w.Bodies, body)
	w.At = append(w.At, time.Now())
	w.Tokens = append(w.Tokens, r.Header.Get("Authorization"))
	w.asked = append(w.asked, withoutBody(r))
	switch {
	case w.played < len(w.Replies):
		w.played++
		return w.Replies[w.played-1]
	case w.always != nil:
		return w.always
	case w.End != nil:
		return Reached
	}
	return w.Replies[len(w.Replies)-1]
}

// Play puts replies in front of the end.
func (w *Wire) Play(replies ...Reply) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Replies, w.played, w.always = replies, 0, nil
}

// BreakDown gives all requests the same reply, until Heal.
func (w *Wire) BreakDown(always Reply) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Replies, w.played, w.always = nil, 0, always
}

// Heal lets requests reach the end again.
func (w *Wire) Heal() { w.BreakDown(nil) }

// A Request is what came over a wire.
type Request struct {
	At    time.Time
	Token string // its Authorization
	Body  []byte
}

// Requests returns what came so far.
func (w *Wire) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []Request
	for i, at := range w.At {
		all = append(all, Request{at, w.Tokens[i], w.Bodies[i]})
	}
	return all
}

// withoutBody returns what may be kept of a request: neither its body nor its context,
// which may hold that too.
func withoutBody(r *http.Request) *http.Request {
	kept := r.WithContext(context.Background())
	kept.Body, kept.GetBody = http.NoBody, nil
	return kept
}

// Asked returns the requests themselves, without their bodies.
func (w *Wire) Asked() []*http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// Waits returns the times between the requests.
func (w *Wire) Waits() (waits []time.Duration) {
	sent := w.Requests()
	for i := range sent[1:] {
		waits = append(waits, sent[i+1].At.Sub(sent[i].At))
	}
	return waits
}

type endKey struct{}

// Reached is the answer of the wire's End.
func Reached(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			if cause != http.ErrAbortHandler {
				panic(cause)
			}
			err = io.ErrUnexpectedEOF
		}
	}()
	recorder := httptest.NewRecorder()
	r.Context().Value(endKey{}).(http.Handler).ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// Sent returns the indexes of the points in each request, which is not compressed.
func (w *Wire) Sent() [][]int {
	var out [][]int
	for _, body := range w.Bodies {
		out = append(out, Indexes(encoding.Batch{Body: body, Compression: encoding.CompressNone}))
	}
	return out
}
