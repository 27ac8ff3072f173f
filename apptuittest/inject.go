package apptuittest

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// An Injection is a fault in force on a server.
type Injection struct {
	srv   *Server
	fault Fault

	// The mutex of the server's faults guards these.
	fired   int
	removed bool
	changed signal
}

// Inject puts a fault in force. Of several that match a request, the one that
// was injected first and has budget left fires, and only it.
func (s *Server) Inject(f Fault) *Injection {
	i := &Injection{srv: s, fault: f}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.injected = append(s.faults.injected, i)
	return i
}

// Fired returns how often the fault fired.
func (i *Injection) Fired() int {
	i.srv.faults.mu.Lock()
	defer i.srv.faults.mu.Unlock()
	return i.fired
}

// Wait waits until the fault fired at least n times: for a fault that hangs,
// until that many requests were caught. The error is ctx's, or
// [http.ErrServerClosed].
func (i *Injection) Wait(ctx context.Context, n int) error {
	return i.srv.wait(ctx, func() (bool, <-chan struct{}) {
		i.srv.faults.mu.Lock()
		defer i.srv.faults.mu.Unlock()
		return i.fired >= n, i.changed.wait()
	})
}

// Remove ends the fault: it does not fire any more. Requests that it holds
// stay held.
func (i *Injection) Remove() {
	f := &i.srv.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	i.removed = true
	f.injected = slices.DeleteFunc(f.injected, func(other *Injection) bool { return other == i })
}

// faults are those in force, in order of injection.
type faults struct {
	mu       sync.Mutex
	injected []*Injection
}

// take returns the fault that fires for a request, and takes it from that
// fault's budget; nil for none. No lock is held while matches are asked, for
// they are the test's own functions.
func (f *faults) take(x *exchange) *Injection {
	f.mu.Lock()
	injected := slices.Clone(f.injected)
	f.mu.Unlock()
	for _, i := range injected {
		if i.fault.matches(x) && f.spend(i) {
			return i
		}
	}
	return nil
}

func (f *faults) spend(i *Injection) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i.removed || i.fault.times > 0 && i.fired >= i.fault.times {
		return false
	}
	i.fired++
	i.changed.broadcast()
	return true
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, i := range f.injected {
		i.removed = true
	}
	f.injected = nil
}

func (f Fault) matches(x *exchange) bool {
	match := f.match
	if match == nil {
		match = isPut
	}
	if !match(x.r) {
		return false
	}
	return f.point == nil || slices.ContainsFunc(x.put().points, func(p sentPoint) bool {
		return p.err == nil && f.point(p.point())
	})
}

func (f Fault) serve(x *exchange) {
	if !f.unread && isPut(x.r) {
		x.put()
	}
	x.deadline((*http.ResponseController).SetReadDeadline, time.Time{}) // it may be held for long
	x.pause(f.delay)
	if f.act == nil {
		x.reject = f.reject
		x.route()
		return
	}
	if f.afterStoring {
		x.routeUnheard()
	}
	x.forget()
	f.act(x)
}

// routeUnheard serves the request and throws the answer away.
func (x *exchange) routeUnheard() {
	unheard := *x
	unheard.ResponseWriter = nowhere{http.Header{}}
	unheard.logged = true
	unheard.route()
	x.body, x.wire, x.r, x.entry.Points = unheard.body, unheard.wire, unheard.r, unheard.entry.Points
	unheard.forget()
}

// nowhere is the way of an answer that is lost.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) WriteHeader(int)             {}
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
