package apptuittest

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

const maxRequests = 10_000

// A Request is what the server remembers of a request it got.
type Request struct {
	// Time is when the request arrived.
	Time time.Time
	// Method, Path and Query are of the request line; Query is as sent, percent
	// signs and all.
	Method, Path, Query string
	// Header is what was sent, without Authorization.
	Header http.Header
	// ContentEncoding is how the body was compressed; empty means not at all.
	ContentEncoding string
	// Points is how many points the body of a put held, good or bad; 0 where
	// it could not be read.
	Points int
	// Status is what was answered; 0 where there was no answer, or none yet.
	Status int
}

func newRequest(r *http.Request) Request {
	header := r.Header.Clone()
	header.Del("Authorization")
	return Request{
		Time:            time.Now(),
		Method:          r.Method,
		Path:            r.URL.Path,
		Query:           r.URL.RawQuery,
		Header:          header,
		ContentEncoding: header.Get("Content-Encoding"),
	}
}

// A requestLog keeps the newest requests.
type requestLog struct {
	mu       sync.Mutex
	requests []Request
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.requests) == maxRequests {
		l.requests = slices.Delete(l.requests, 0, 1)
	}
	l.requests = append(l.requests, r)
}

func (l *requestLog) all() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
}
