package apptuit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/transport"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// endGrace is how long Shutdown waits for the sender beyond its context.
const endGrace = time.Second

// flush tries on, from the shortest wait, until nothing is left, until ctx ends,
// or until it is clear that a person has to do something first. The error says
// how much is left, and why.
func (c *custody) flush(ctx context.Context) error {
	c.lock()
	defer c.unlock()
	c.hurry()
	holds := c.wire.holds
	for c.queue.Size().Batches > 0 {
		if c.wire.holds > holds {
			return c.left(nil)
		}
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		c.lock()
		if err := ctx.Err(); err != nil && c.queue.Size().Batches > 0 {
			return c.left(err)
		}
	}
	if c.over && c.stats.Dropped[ErrShutdown] > 0 {
		return sdkmetric.ErrExporterShutdown
	}
	return nil
}

// hurry ends all waits.
func (c *custody) hurry() {
	c.wire.reset()
	for _, d := range c.deliveries() {
		d.due = time.Time{}
		if d.waits != nil {
			d.waits.Reset()
		}
	}
	c.start()
}

// left is the error of points that are still in custody.
func (c *custody) left(end error) error {
	cause := end
	if t := c.wire.trouble; t != nil {
		cause = t.Err
		if end != nil {
			cause = fmt.Errorf("%w (%w)", t.Err, end)
		}
	}
	return &transport.SendError{Kept: c.points(), Err: cause}
}

// close flushes, ends the sender, and counts what is left as lost.
func (c *custody) close(ctx context.Context) error {
	c.lock()
	c.closed = true
	c.unlock()
	err := c.flush(ctx)
	c.cancel()
	c.awaitSender()
	q, err := c.end(err)
	if closeErr := errors.Join(q.Close(), c.observ.Close()); closeErr != nil {
		return errors.Join(err, closeErr) // seldom: else err is returned as it is
	}
	return err
}

// awaitSender waits until the sender is gone: at once, unless a token source, a
// RoundTripper or the error handler does not let go.
func (c *custody) awaitSender() {
	c.lock()
	ended := c.ended
	c.unlock()
	if ended == nil {
		return
	}
	timer := time.NewTimer(endGrace)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

// end counts what is lost now, because of err, and forgets what is held. What
// outlives the process stays in the queue that is returned.
func (c *custody) end(err error) (queue.Queue, error) {
	c.lock()
	defer c.unlock()
	q, points := c.queue, c.volatile()
	for _, d := range c.deliveries() {
		if d != c.onWire {
			c.settle(d)
		}
	}
	c.releaseAll()
	c.queue, c.head, c.aside, c.receipts = queue.NewMemory(0), nil, nil, nil
	c.over = true
	c.refill()
	c.broadcast()
	if points == 0 {
		return q, nil
	}
	c.drop(ErrShutdown, points)
	return q, lost(ErrShutdown, points, asSendError(err).Err)
}
