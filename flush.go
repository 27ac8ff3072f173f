package apptuit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/queue"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// endGrace is how long Shutdown waits beyond its context for what does not heed
// it: a RoundTripper, a disk, the error handler.
const endGrace = 100 * time.Millisecond

// flush tries on, from the shortest wait, until nothing is left, until ctx ends,
// or until it is clear that a person has to do something first. The error says
// how much is left, and why.
func (s *sender) flush(ctx context.Context) error {
	s.lock()
	defer s.unlock()
	s.hurry()
	holds := s.health.holds
	for s.queue.Size().Batches > 0 {
		if cause := s.blocked(holds); cause != nil {
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
		if err := ctx.Err(); err != nil && s.queue.Size().Batches > 0 {
			return s.left(s.cause(), err)
		}
	}
	if s.over && s.ledger.stats.Dropped[ErrShutdown] > 0 {
		return sdkmetric.ErrExporterShutdown
	}
	return nil
}

// hurry ends all waits.
func (s *sender) hurry() {
	s.health.reset()
	for _, d := range s.deliveries() {
		d.hurry()
	}
	s.starved = false
	s.start()
}

// blocked returns why what is left waits for a person; nil where it does not. The
// store was held since there were that many holds, or it refuses all that is
// left, or the disk does not give it.
func (s *sender) blocked(holds int) error {
	if s.health.holds > holds {
		return s.cause()
	}
	waiting := s.queue.Size().Batches
	begun := s.deliveries()
	for _, d := range begun {
		if d.refused.IsZero() || d.hurried {
			return nil // it is on its way
		}
		waiting--
	}
	switch {
	case waiting <= 0:
		return s.cause()
	case s.starved:
		return s.queue.Failure()
	}
	return nil
}

// cause is why batches wait: what the store or the disk last had against them.
func (s *sender) cause() error {
	if s.health.trouble != nil {
		return s.health.trouble.Err
	}
	for _, d := range s.deliveries() {
		if d.refusal != nil {
			return d.refusal.Err
		}
	}
	return s.queue.Failure()
}

// left is the error of points that are still held: why, and that a context ended.
func (s *sender) left(cause, end error) error {
	switch {
	case cause == nil:
		cause = fmt.Errorf("%s: %w", s.out.Endpoint(), end)
	case end != nil:
		cause = fmt.Errorf("%w (%w)", cause, end)
	}
	return &delivery.Report{Kept: s.points(), Err: cause}
}

// close flushes, ends the goroutine, and counts what is left as lost. The error
// handler hears of it too: OpenTelemetry's PeriodicReader shows an error of its
// last Export instead of one of Shutdown.
func (s *sender) close(ctx context.Context) error {
	s.lock()
	s.closed = true
	s.unlock()
	err := s.flush(ctx)
	s.cancel()
	ctx, stop := graceOf(ctx)
	defer stop()
	s.awaitEnd(ctx)
	closing := s.queue.Close(ctx)
	if err = s.end(cmp.Or(causeOf(err), closing)); err != nil {
		s.notifier.tell(err)
	}
	s.notifier.drain(ctx)
	if observing := s.stopObserving(); observing != nil {
		return errors.Join(err, observing) // seldom: else err is returned as it is
	}
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

// awaitEnd waits until the goroutine is gone: at once, unless foreign code does
// not let go.
func (s *sender) awaitEnd(ctx context.Context) {
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

func (s *sender) stopObserving() error {
	s.lock()
	o := s.ledger.observ
	s.unlock()
	return o.Close()
}

// end counts what is lost now, because of cause, and forgets what is held. What
// outlives the process stays where it is; where that is a disk that fails, the
// error says so.
func (s *sender) end(cause error) error {
	s.lock()
	defer s.unlock()
	s.review()
	points, failure := s.volatile(), s.queue.Failure()
	kept := s.points() - points
	for _, d := range s.deliveries() {
		if d != s.onWire {
			s.settle(d)
		}
	}
	for _, w := range s.waiters {
		w.release()
	}
	for _, d := range s.deliveries() {
		d.waiter.release()
	}
	s.queue, s.head, s.deferred, s.waiters = queue.NewMemory(0), nil, nil, nil
	s.over = true
	if err := s.ledger.refill(s.out.Endpoint()); err != nil {
		s.tell(err)
	}
	s.broadcast()
	switch {
	case points > 0:
		s.ledger.drop(ErrShutdown, points)
		report := lost(ErrShutdown, points, cause)
		report.Kept = kept
		return report
	case failure != nil && kept > 0:
		return &delivery.Report{Kept: kept, Err: failure}
	}
	return nil
}
