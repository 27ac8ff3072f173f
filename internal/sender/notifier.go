package sender

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/apptuitai/apptuit-go/internal/text"
)

// maxNotices bounds the errors that wait for the error handler.
const maxNotices = 256

// A notifier calls the error handler, from a goroutine of its own that runs while
// there is something to tell: a handler that hangs, panics, ends its goroutine or
// calls the exporter holds up nothing but what is told next.
type notifier struct {
	handle func(error)

	mu      sync.Mutex
	waiting []error
	missed  int           // errors that came while maxNotices waited
	idle    chan struct{} // closed when all was told; nil while nothing is
}

// tell lets the error handler hear of errs, in their order.
func (n *notifier) tell(errs ...error) {
	if len(errs) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	room := min(len(errs), maxNotices-len(n.waiting))
	n.waiting = append(n.waiting, errs[:room]...)
	n.missed += len(errs) - room
	if n.idle == nil {
		n.idle = make(chan struct{})
		go n.run()
	}
}

func (n *notifier) run() {
	ended := false
	defer func() {
		if !ended { // the handler called runtime.Goexit
			go n.run()
		}
	}()
	for err, ok := n.next(); ok; err, ok = n.next() {
		n.call(err)
	}
	ended = true
}

func (n *notifier) next() (error, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case len(n.waiting) > 0:
		err := n.waiting[0]
		n.waiting = n.waiting[1:]
		return err, true
	case n.missed > 0:
		err := fmt.Errorf("apptuit: %d more errors were not told, for the error handler took too long", n.missed)
		n.missed = 0
		return err, true
	}
	n.waiting = nil
	close(n.idle)
	n.idle = nil
	return nil, false
}

func (n *notifier) call(err error) {
	defer func() {
		if cause := recover(); cause != nil { // the handler itself cannot be told
			slog.Error("apptuit: the error handler panicked: " + text.Line(fmt.Sprint(cause)))
		}
	}()
	n.handle(err)
}

// drain waits until all is told, or ctx ends.
func (n *notifier) drain(ctx context.Context) {
	n.mu.Lock()
	idle := n.idle
	n.mu.Unlock()
	if idle == nil {
		return
	}
	select {
	case <-idle:
	case <-ctx.Done():
	}
}
