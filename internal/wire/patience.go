package wire

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// lasting returns the context of an attempt: it lasts as long as the time-out, or for a
// stream until nothing came for so long.
func lasting(ctx context.Context, timeout time.Duration, stream bool) (context.Context, context.CancelFunc) {
	if !stream {
		return context.WithTimeout(ctx, timeout)
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &patience{Context: ctx, timeout: timeout}
	p.timer = time.AfterFunc(timeout, func() {
		p.over.Store(true)
		cancel()
	})
	return p, func() {
		p.timer.Stop()
		cancel()
	}
}

// A patience is a context that ends when its timer does, as at a deadline.
type patience struct {
	context.Context
	timeout time.Duration
	timer   *time.Timer
	over    atomic.Bool
}

func (p *patience) Err() error {
	if p.over.Load() {
		return context.DeadlineExceeded
	}
	return p.Context.Err()
}

type patienceKey struct{}

// Value finds the patience itself in a context that is made of it.
func (p *patience) Value(key any) any {
	if key == (patienceKey{}) {
		return p
	}
	return p.Context.Value(key)
}

// A patientBody gives each read the time-out anew. The timer rests between two reads,
// while the reader is at work.
type patientBody struct {
	io.ReadCloser
	patience *patience
}

func (b *patientBody) Read(p []byte) (int, error) {
	b.patience.timer.Reset(b.patience.timeout)
	defer b.patience.timer.Stop()
	return b.ReadCloser.Read(p)
}
