package main

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// grace is how long work may go on after the first signal.
const grace = 2 * time.Second

// supervise runs work until it ends. The first signal ends its context. Where
// the work does not end with it, another signal or the end of the grace does,
// and the caller ends the program.
func (a *app) supervise(signals <-chan os.Signal, work func(context.Context) int) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	status := make(chan int, 1)
	go func() { status <- work(ctx) }()
	select {
	case s := <-status:
		return s
	case <-signals:
		cancel()
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case s := <-status:
		return s
	case <-signals:
	case <-timer.C:
	}
	a.console.note("%v", &interruption{a.sending.sent(), a.sending.pending()})
	return exitFailure
}

// A tally counts what became of points. It is safe for any number of
// goroutines.
type tally struct {
	stored atomic.Int64
	held   atomic.Int64 // in the request under way
}

func (t *tally) add(n int)    { t.stored.Add(int64(n)) }
func (t *tally) hold(n int)   { t.held.Store(int64(n)) }
func (t *tally) sent() int    { return int(t.stored.Load()) }
func (t *tally) pending() int { return int(t.held.Load()) }

// An interruption is an end that a signal brought.
type interruption struct{ sent, unsent int }

// Error says what was sent and what was not, where there was anything to send.
func (e *interruption) Error() string {
	if e.sent+e.unsent == 0 {
		return "interrupted"
	}
	return fmt.Sprintf("interrupted: %s sent, %d read and not sent", plural(e.sent, "point"), e.unsent)
}

// Unwrap returns what ended the context.
func (e *interruption) Unwrap() error { return context.Canceled }
