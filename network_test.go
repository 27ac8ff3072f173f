package apptuit_test

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// A wire is a network in process, with a store at its end.
type wire struct {
	nettest.Wire
	store *apptuittest.Server
}

func newWire(store *apptuittest.Server) *wire {
	return &wire{nettest.Wire{End: store}, store}
}

// sizes returns how many points each request held that reached the store.
func (w *wire) sizes() []int {
	var sizes []int
	for _, r := range w.store.Requests() {
		sizes = append(sizes, r.Points)
	}
	return sizes
}

// A reply is what one request meets.
type reply = nettest.Reply

var (
	reached = nettest.Reached
	fails   = nettest.Fails
	status  = nettest.Status
	hangs   = nettest.Hangs
)

// slowBody answers with a body of which only the beginning comes.
func slowBody(code int, begin string) reply { return nettest.Body(code, nettest.Slowly(begin)) }

// lost reaches the store, and its answer never comes back.
func lost(instead reply) reply {
	return func(r *http.Request) (*http.Response, error) {
		if _, err := reached(r); err != nil {
			return nil, err
		}
		return instead(r)
	}
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
	return func(req *http.Request) (*http.Response, error) {
		time.Sleep(d)
		return r(req)
	}
}

// unsteady answers one way or the other, at random.
func unsteady(seed uint64, ways ...reply) reply {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0))
	return func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		way := ways[random.IntN(len(ways))]
		mu.Unlock()
		return way(r)
	}
}
