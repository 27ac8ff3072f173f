package apptuit_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

// A wire is a network in process, with a store at its end. Each reply of the
// script is for one request; after them all requests reach the store.
type wire struct {
	store *apptuittest.Server

	mu     sync.Mutex
	script []reply
	always reply // once the script has ended, in place of the store
	sent   []sentPut
}

// A sentPut is one request as it went over the wire.
type sentPut struct {
	at    time.Time
	token string
	body  []byte
}

// A reply is what one request meets.
type reply func(w *wire, r *http.Request) (*http.Response, error)

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	put := sentPut{at: time.Now(), token: r.Header.Get("Authorization")}
	if r.ContentLength < 1<<10 { // large bodies are for those who want them
		var err error
		if put.body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(put.body))
	}
	return w.next(put)(w, r)
}

func (w *wire) next(s sentPut) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, s)
	switch {
	case len(w.script) > 0:
		answer := w.script[0]
		w.script = w.script[1:]
		return answer
	case w.always != nil:
		return w.always
	}
	return reached
}

// play puts replies in front of the store.
func (w *wire) play(script ...reply) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.script, w.always = script, nil
}

// breakDown answers all requests in place of the store, until heal.
func (w *wire) breakDown(always reply) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.script, w.always = nil, always
}

func (w *wire) heal() { w.breakDown(nil) }

func (w *wire) requests() []sentPut {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]sentPut(nil), w.sent...)
}

// waits returns the times between the requests.
func (w *wire) waits() []time.Duration {
	var waits []time.Duration
	sent := w.requests()
	for i := range sent[1:] {
		waits = append(waits, sent[i+1].at.Sub(sent[i].at))
	}
	return waits
}

// sizes returns how many points each request held that reached the store.
func (w *wire) sizes() []int {
	var sizes []int
	for _, r := range w.store.Requests() {
		sizes = append(sizes, r.Points)
	}
	return sizes
}

// reached is the answer of the store.
func reached(w *wire, r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			if cause != http.ErrAbortHandler {
				panic(cause)
			}
			err = io.ErrUnexpectedEOF
		}
	}()
	recorder := httptest.NewRecorder()
	w.store.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// lost reaches the store, and its answer never comes back.
func lost(instead reply) reply {
	return func(w *wire, r *http.Request) (*http.Response, error) {
		if _, err := reached(w, r); err != nil {
			return nil, err
		}
		return instead(w, r)
	}
}

func fails(err error) reply {
	return func(*wire, *http.Request) (*http.Response, error) { return nil, err }
}

// status answers with text and pairs of a header and its value.
func status(code int, text string, headers ...string) reply {
	return func(*wire, *http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		for i := 0; i < len(headers); i += 2 {
			recorder.Header().Set(headers[i], headers[i+1])
		}
		recorder.WriteHeader(code)
		recorder.WriteString(text)
		return recorder.Result(), nil
	}
}

// hangs never answers; the request is written before, or not.
func hangs(written bool) reply {
	return func(_ *wire, r *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(r.Context())
		trace.GotConn(httptrace.GotConnInfo{})
		if written {
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
}

// slowBody answers with a body of which only the beginning comes.
func slowBody(code int, begin string) reply {
	return func(w *wire, r *http.Request) (*http.Response, error) {
		resp, err := status(code, "")(w, r)
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(begin), endless{r.Context()}))
		return resp, err
	}
}

// endless is a body that never comes.
type endless struct{ ctx context.Context }

func (e endless) Read([]byte) (int, error) {
	<-e.ctx.Done()
	return 0, e.ctx.Err()
}

var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	errDNS     = &net.DNSError{Err: "no such host", Name: "store.test", IsNotFound: true}
	errTLS     = errors.New("tls: failed to verify certificate")

	refused = fails(errRefused)
	reset   = fails(errReset)
)

func times(n int, r reply) []reply {
	script := make([]reply, n)
	for i := range script {
		script[i] = r
	}
	return script
}

// after waits before the request meets r.
func after(d time.Duration, r reply) reply {
	return func(w *wire, req *http.Request) (*http.Response, error) {
		time.Sleep(d)
		return r(w, req)
	}
}

// unsteady answers one way or the other, at random.
func unsteady(seed uint64, ways ...reply) reply {
	random := rand.New(rand.NewPCG(seed, 0))
	return func(w *wire, r *http.Request) (*http.Response, error) {
		return ways[random.IntN(len(ways))](w, r)
	}
}
