package apptuittest

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A Server is a fake Apptuit. It is an [http.Handler], so that it also answers
// without a listener: behind an in-process RoundTripper, or an http.Server on
// a connection of the test's own. All its methods may be called from any
// goroutine.
type Server struct {
	// URL is the endpoint to configure, http://127.0.0.1:PORT. It is empty
	// until the server is started.
	URL string

	cfg      config
	store    *store
	log      *requestLog
	refused  refusals
	front    http.Handler // nil, or what answers before the server
	wire     gate         // bodies as they came
	work     gate         // what is made of them, and of answers
	faults   faults
	listener *httptest.Server // nil unless started

	closing sync.Once
	closed  chan struct{} // closed by Close
}

// NewServer starts a server on a free port of 127.0.0.1. It panics when it
// cannot listen. The caller closes it.
func NewServer(opts ...Option) *Server {
	s := NewUnstartedServer(opts...)
	s.Start()
	return s
}

// NewUnstartedServer returns a server without a listener, to be used as a
// handler or to be started with [Server.Start], [Server.StartTLS] or
// [Server.Serve].
func NewUnstartedServer(opts ...Option) *Server {
	cfg := newConfig(opts)
	return &Server{
		cfg:    cfg,
		store:  newStore(cfg.maxStored),
		log:    &requestLog{},
		wire:   gate{max: maxWireBytes},
		work:   gate{max: maxWorkBytes},
		closed: make(chan struct{}),
	}
}

// Client returns an HTTP client that trusts the certificate of a server
// started with StartTLS, and whose idle connections Close closes. It panics
// when the server was not started.
func (s *Server) Client() *http.Client {
	if s.listener == nil {
		panic("apptuittest: the server is not started")
	}
	return s.listener.Client()
}

// Close releases the requests that a fault holds and the calls that wait for
// points, then shuts the listener down and waits for all requests in progress.
// Points, Requests and the counts of faults can still be read. A second Close
// does nothing.
func (s *Server) Close() {
	s.closing.Do(func() {
		close(s.closed)
		if s.listener != nil {
			s.listener.Close()
		}
	})
}

// Points returns a copy of the stored points in order of arrival: all that came,
// unless the oldest were let go to make room (see Bounds). Each has its
// series, whose name and tags are as they were sent, its time in UTC, and a
// value that is an integer where the wire had a plain integer that int64 can
// hold. A float without a fraction may be such an integer on the wire.
func (s *Server) Points() []encoding.Point { return s.store.points() }

// PointsSince returns the stored points from number n on, each with its number:
// points are counted from 0 in order of arrival, and Reset begins anew. Where the
// first number is above n, the points between were let go. It copies no points:
// who has read up to number i goes on with PointsSince(i+1).
func (s *Server) PointsSince(n int) iter.Seq2[int, encoding.Point] {
	return s.store.since(n).numbered()
}

// Stored returns how many points were stored, with those that were let go since.
// It copies none of them.
func (s *Server) Stored() int { return s.store.len() }

// WaitPoints waits until the server has stored at least n points, and returns
// all it has then. When ctx ends before, or the server is closed, it returns the
// points there are with ctx's error or [http.ErrServerClosed].
func (s *Server) WaitPoints(ctx context.Context, n int) ([]encoding.Point, error) {
	err := s.wait(ctx, func() (bool, <-chan struct{}) { return s.store.reached(n) })
	return s.Points(), err
}

// wait returns when reached reports true, and asks again each time the channel
// that it gave is closed.
func (s *Server) wait(ctx context.Context, reached func() (bool, <-chan struct{})) error {
	for {
		done, changed := reached()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.closed:
			return http.ErrServerClosed
		}
	}
}

// Requests returns a copy of the log of requests, oldest first. The newest
// 10,000 are kept, or fewer where they are large. A request is in the log
// before its answer leaves.
func (s *Server) Requests() []Request { return s.log.all() }

// Reset forgets the points and the requests and removes all faults, as if the
// server were new.
func (s *Server) Reset() {
	s.faults.clear()
	s.store.clear()
	s.log.clear()
	s.refused.clear()
}

// ServeHTTP answers one request. Where a fault ends the connection without an
// answer it panics with [http.ErrAbortHandler], which net/http's server takes
// for just that; an in-process RoundTripper has to recover it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(s, w, r)
	defer x.end()
	defer x.record(0) // a request that ends without an answer is logged too
	if injection := s.faults.take(x); injection != nil {
		injection.fault.serve(x)
		return
	}
	x.route()
}
