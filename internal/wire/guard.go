package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// maxHanging is how many calls of one kind of foreign code may hang before no
// further one is made.
const maxHanging = 4

// maxPanicText bounds what is kept of what foreign code panics with, in bytes.
const maxPanicText = 4 << 10

// errNotReturned says that foreign code was left to itself when the context of
// its attempt ended.
var errNotReturned = errors.New("it has not returned")

// A guard makes the calls of one kind of foreign code. A call that panics or ends
// its goroutine is an error, and one that does not return is waited for no longer
// than its context lasts.
type guard struct {
	who     string       // makes the calls, for people
	hanging atomic.Int32 // calls that nobody waits for any more
}

// A callError is an error of a guard: what became of a call, and the foreign text
// of a panic.
type callError struct{ what, panicked string }

func (e *callError) Error() string { return e.what + e.panicked }

// A call is one call of foreign code, in a goroutine of its own.
type call[T any] struct {
	value T
	err   error
	done  chan struct{} // closed when value and err are set, if they are awaited
	state atomic.Int32
}

// The states of a call.
const (
	callRuns int32 = iota
	callDone
	callLeft // nobody waits for it
)

// guarded calls f and returns what it does, unless ctx ends first: then the error
// is errNotReturned, and what f returns in the end goes to late, where there is
// one. f has to leave alone what is used after that.
func guarded[T any](ctx context.Context, g *guard, f func() (T, error), late func(T)) (T, error) {
	if err := g.ready(ctx); err != nil {
		var none T
		return none, err
	}
	return guardedAnyway(ctx, g, f, late)
}

// ready tells whether another call may be made.
func (g *guard) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if n := g.hanging.Load(); n >= maxHanging {
		return &callError{what: fmt.Sprintf("%s hangs: %d calls of it have not returned, and no further one is made until one does", g.who, n)}
	}
	return nil
}

// guardedAnyway is guarded for calls that let go of something.
func guardedAnyway[T any](ctx context.Context, g *guard, f func() (T, error), late func(T)) (T, error) {
	c := &call[T]{done: make(chan struct{})}
	go c.run(g, f, late)
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
	}
	g.hanging.Add(1)
	if c.state.CompareAndSwap(callRuns, callLeft) {
		var none T
		return none, errNotReturned
	}
	g.hanging.Add(-1)
	<-c.done
	return c.value, c.err
}

func (c *call[T]) run(g *guard, f func() (T, error), late func(T)) {
	c.err = &callError{what: g.who + " ended its goroutine"} // unless f returns
	defer c.end(g, late)
	defer func() {
		if v := recover(); v != nil {
			c.err = g.panicked(v)
		}
	}()
	c.value, c.err = f()
}

func (c *call[T]) end(g *guard, late func(T)) {
	if c.state.CompareAndSwap(callRuns, callDone) {
		close(c.done)
		return
	}
	defer g.hanging.Add(-1)
	defer func() { _ = recover() }() // late may call foreign code, and nobody asks any more
	if late != nil {
		late(c.value)
	}
}

func (g *guard) panicked(v any) error {
	text := fmt.Sprint(v)
	return &callError{g.who + " panicked: ", text[:min(len(text), maxPanicText)]}
}

// source returns a token source that calls another one.
func (g *guard) source(source TokenSource) TokenSource {
	return func(ctx context.Context) (string, error) {
		return guarded(ctx, g, func() (string, error) { return source(ctx) }, nil)
	}
}

// sourceFailed begins the text of an error of the token source. One of a guard
// or of a file names the source itself.
func sourceFailed(err error) string {
	var e *callError
	var file *tokenFileError
	if errors.As(err, &e) || errors.As(err, &file) {
		return ""
	}
	return "the token source failed: "
}

// A guardedBody is the body of an answer that foreign code gave.
type guardedBody struct {
	ctx    context.Context // of the attempt
	guard  *guard
	body   io.ReadCloser
	buffer []byte // nil while a read that was left may write to it
}

// maxGuardedRead bounds the buffer of a guardedBody.
const maxGuardedRead = 32 << 10

func (b *guardedBody) Read(p []byte) (int, error) {
	if b.buffer == nil {
		b.buffer = make([]byte, min(max(len(p), 512), maxGuardedRead))
	}
	buffer := b.buffer[:min(len(p), len(b.buffer))]
	b.buffer = nil
	n, err := guarded(b.ctx, b.guard, func() (int, error) { return b.body.Read(buffer) }, nil)
	if errors.Is(err, errNotReturned) {
		return 0, err
	}
	b.buffer = buffer[:cap(buffer)]
	return copy(p, buffer[:max(min(n, len(buffer)), 0)]), err
}

func (b *guardedBody) Close() error {
	_, err := guardedAnyway(b.ctx, b.guard, func() (struct{}, error) { return struct{}{}, b.body.Close() }, nil)
	return err
}
