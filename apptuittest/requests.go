package apptuittest

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Request is what the server remembers of a request it got. Texts and headers
// of more than 16 KiB are cut.
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
	return Request{
		Time:            time.Now(),
		Method:          cut(r.Method, maxTextBytes),
		Path:            cut(r.URL.Path, maxTextBytes),
		Query:           cut(r.URL.RawQuery, maxTextBytes),
		Header:          keptHeader(r.Header),
		ContentEncoding: cut(r.Header.Get("Content-Encoding"), maxTextBytes),
	}
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "..."
}

// fieldBytes is what a field of a header takes beside its text.
const fieldBytes = 100

// keptHeader returns a copy of a header without Authorization. Beyond the
// bound fields are left out, in order of their keys the last.
func keptHeader(header http.Header) http.Header {
	kept, room := http.Header{}, maxHeaderBytes
	for _, key := range sortedKeys(header) {
		for _, value := range header[key] {
			room -= fieldBytes + len(key) + len(value)
			if room < 0 {
				return kept
			}
			if key != "Authorization" {
				kept[key] = append(kept[key], value)
			}
		}
	}
	return kept
}

// size returns about what a request takes in memory.
func (r Request) size() int {
	n := 500 + len(r.Method) + len(r.Path) + len(r.Query) + len(r.ContentEncoding)
	for key, values := range r.Header {
		for _, value := range values {
			n += fieldBytes + len(key) + len(value)
		}
	}
	return n
}

// A requestLog keeps the newest requests.
type requestLog struct {
	mu       sync.Mutex
	requests []Request // those before first are forgotten
	first    int
	bytes    int
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, r)
	l.bytes += r.size()
	for len(l.requests)-l.first > maxRequests || l.bytes > maxLogBytes {
		l.bytes -= l.requests[l.first].size()
		l.requests[l.first] = Request{}
		l.first++
	}
	if l.first > maxRequests { // seldom, so that each request is moved about once
		l.requests = slices.Delete(l.requests, 0, l.first)
		l.first = 0
	}
}

func (l *requestLog) all() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests[l.first:])
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests, l.first, l.bytes = nil, 0, 0
}
