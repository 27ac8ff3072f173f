package sender

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
)

// endGrace is how long Close waits beyond its context for what does not heed it: a
// RoundTripper, a disk, the error handler.
const endGrace = 100 * time.Millisecond

// ErrEnded is what Flush returns where Close has given points up.
var ErrEnded = errors.New("the sender has ended")

// Flush tries on, from the shortest wait, until nothing is left, until ctx ends, or
// until it is clear that a person has to do something first. The error says how
// much is left, and why.
func (s *Sender) Flush(ctx context.Context) error {
	err := s.flush(ctx)
	s.meter.drainShortly()
	return err
}

func (s *Sender) flush(ctx context.Context) error {
	s.lock()
	defer s.unlock()
	s.state.health.reset()
	s.state.schedule.hurry()
	s.start()
	holds := s.state.health.holds
	for s.state.queue.Size().Batches > 0 {
		if cause := s.state.blocked(holds); cause != nil {
			return s.left(cause, nil)
		}
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		s.lock()
		if err := ctx.Err(); err != nil && s.state.queue.Size().Batches > 0 {
			return s.left(s.state.cause(), err)
		}
	}
	if s.over && s.state.ledger.stats.Dropped[ErrShutdown] > 0 {
		return ErrEnded
	}
	return nil
}

// left is the error of points that are still held: why, and that a context ended.
func (s *Sender) left(cause, end error) error {
	switch {
	case cause == nil:
		cause = fmt.Errorf("%s: %w", s.wire.Endpoint(), end)
	case end != nil:
		cause = fmt.Errorf("%w (%w)", cause, end)
	}
	return &delivery.Report{Kept: s.state.schedule.points(), Err: cause}
}

// Close flushes, ends the goroutine, and counts what is left as lost. What it gives
// up is reported to the error handler too: OpenTelemetry's PeriodicReader shows an
// error of its last Export instead of one of Shutdown. It waits no longer than twice
// endGrace beyond ctx.
func (s *Sender) Close(ctx context.Context) error {
	s.lock()
	s.closed = true
	s.unlock()
	err := s.flush(ctx)
	s.cancel()
	ending, stop := graceOf(ctx)
	defer stop()
	s.awaitEnd(ending)
	closing := s.state.queue.Close(ending)
	if err = s.end(cmp.Or(causeOf(err), closing)); err != nil {
		s.notifier.tell(err)
	}
	telling, stop := graceOf(ctx) // of its own: what hangs before has no part of it
	defer stop()
	s.meter.drain(telling)
	s.notifier.drain(telling)
	return err
}

// causeOf returns what a report gives as its cause, and another error as it is.
func causeOf(err error) error {
	var report *delivery.Report
	if errors.As(err, &report) {
		return report.Err
	}
	return err
}

// graceOf returns a context that ends endGrace after ctx.
func graceOf(ctx context.Context) (context.Context, context.CancelFunc) {
	grace, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(endGrace)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-grace.Done():
		}
		cancel()
	})
	return grace, func() { stop(); cancel() }
}

// awaitEnd waits until the goroutine is gone: at once, unless foreign code does not
// let go.
func (s *Sender) awaitEnd(ctx context.Context) {
	s.lock()
	ended := s.ended
	s.unlock()
	if ended == nil {
		return
	}
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// end counts what is lost now, because of cause. Where what is kept is on a disk
// that fails, the error says so.
func (s *Sender) end(cause error) error {
	s.lock()
	defer s.unlock()
	failure := s.state.queue.Failure()
	points, kept := s.state.end()
	s.over = true
	s.broadcast()
	switch {
	case points > 0:
		report := lost(ErrShutdown, points, cause)
		report.Kept = kept
		return report
	case failure != nil && kept > 0:
		return &delivery.Report{Kept: kept, Err: failure}
	}
	return nil
}
