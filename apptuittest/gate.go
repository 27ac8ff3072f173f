package apptuittest

import (
	"context"
	"net/http"
	"sync"
)

// A gate lets requests in while the memory that they may need is free. Its
// figures are estimates from above, in bytes.
type gate struct {
	max int

	mu      sync.Mutex
	used    int
	changed signal
}

// take returns whether n bytes were free, and what to wait for if not. What
// asks for more than there is at all gets all.
func (g *gate) take(n int) (*lease, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n = min(n, g.max)
	if n > g.max-g.used {
		return nil, g.changed.wait()
	}
	g.used += n
	return &lease{g, n}, nil
}

// enter waits until n bytes are free, as long as the client does.
func (g *gate) enter(ctx context.Context, n int) (*lease, error) {
	for {
		l, changed := g.take(n)
		if l != nil {
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, refusef(http.StatusServiceUnavailable, "too many large requests at one time: send it again later")
		}
	}
}

// A lease is a part of a gate's memory. A nil lease is of nothing.
type lease struct {
	gate *gate
	n    int
}

// shrink gives back all but n bytes.
func (l *lease) shrink(n int) {
	if l == nil || n >= l.n {
		return
	}
	l.gate.mu.Lock()
	defer l.gate.mu.Unlock()
	l.gate.used -= l.n - n
	l.n = n
	l.gate.changed.broadcast()
}

// grow asks for n more bytes and reports whether they were free.
func (l *lease) grow(n int) bool {
	l.gate.mu.Lock()
	defer l.gate.mu.Unlock()
	if n > l.gate.max-l.gate.used {
		return false
	}
	l.gate.used += n
	l.n += n
	return true
}

func (l *lease) release() { l.shrink(0) }
