package sender

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

// maxTasks bounds the calls of foreign code that wait.
const maxTasks = 256

// A worker calls foreign code, from a goroutine of its own that runs while there is
// something to call: code that hangs, panics, ends its goroutine or calls the
// exporter holds up nothing but what is called next.
type worker struct {
	panicked func(text string) // is told of a panic
	missed   func(n int)       // is told how many calls were left out, when it can be; nil for nobody

	mu      sync.Mutex
	waiting []func()
	left    int           // out, while maxTasks waited
	idle    chan struct{} // closed when all was called; nil while nothing is
}

// do has f called after all that was asked for before, and tells whether it will be.
func (w *worker) do(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == maxTasks {
		w.left++
		return false
	}
	w.waiting = append(w.waiting, f)
	if w.idle == nil {
		w.idle = make(chan struct{})
		go w.run()
	}
	return true
}

func (w *worker) run() {
	ended := false
	defer func() {
		if !ended { // what was called used runtime.Goexit
			go w.run()
		}
	}()
	for f := w.next(); f != nil; f = w.next() {
		w.call(f)
	}
	ended = true
}

func (w *worker) next() func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) > 0 {
		f := w.waiting[0]
		w.waiting[0] = nil
		w.waiting = w.waiting[1:]
		return f
	}
	if n := w.left; n > 0 && w.missed != nil {
		w.left = 0
		return func() { w.missed(n) }
	}
	w.waiting = nil
	close(w.idle)
	w.idle = nil
	return nil
}

func (w *worker) call(f func()) {
	defer func() {
		if cause := recover(); cause != nil {
			w.panicked(wire.Show(fmt.Sprint(cause)))
		}
	}()
	f()
}

// drain waits until all is called, or ctx ends.
func (w *worker) drain(ctx context.Context) {
	idle := w.busy()
	if idle == nil {
		return
	}
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// drainShortly waits until all is called, for endGrace at the most: what is called
// may be what asks.
func (w *worker) drainShortly() {
	idle := w.busy()
	if idle == nil {
		return
	}
	timer := time.NewTimer(endGrace)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
}

func (w *worker) busy() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.idle
}
