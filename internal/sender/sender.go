package sender

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// Why points that were accepted are given up without the store's word.
const (
	ErrQueueFull encoding.Reason = "queue_full" // the oldest made room for the newest
	ErrShutdown  encoding.Reason = "shutdown"   // left in memory when the sender ended
	ErrDamaged   encoding.Reason = "damaged"    // their record in the spool cannot be read
)

// Config is what a sender works with.
type Config struct {
	Wire    wire.Wire
	Queue   queue.Queue
	Spooled bool         // what waits in the queue is on disk, or will be
	Handle  func(error)  // the error handler; it is called from a goroutine of its own
	Free    func([]byte) // takes the memory of bodies that nobody reads any more
}

// A Sender has batches until the store has them or they are given up. Goroutines of
// its own are on the wire while there is something to send: up to four while all is
// well; one where the store is in trouble, and for a minute after it said that there
// are too many requests. Its methods are safe for any number of goroutines.
//
// The batches of the newest collection go first, then the oldest. While the store is
// in trouble all batches wait together; a batch that is in trouble alone is deferred,
// so that the others go on.
//
// The lock is never held across the network, the disk or foreign code: errors for
// the error handler and measurements are passed on by unlock.
type Sender struct {
	wire     wire.Wire
	notifier *notifier
	meter    worker             // calls the instruments of the exporter itself, which may be anyone's
	ctx      context.Context    // of the wire; ends with the sender
	cancel   context.CancelFunc // of ctx
	wake     chan struct{}      // holds one: there is something new to do

	mu      sync.Mutex
	state   *state
	running int           // goroutines
	looking int           // of them, those that are not on the wire
	ended   chan struct{} // closed when the latest one is gone; nil before the first
	closed  bool          // nothing is accepted any more
	over    bool          // what was left has been counted as lost
	changed chan struct{} // closed when something became of a batch; nil where no one waits
}

// New returns a sender. It begins with what the queue holds when something is
// enqueued or flushed.
func New(c Config) *Sender {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sender{
		wire:     c.Wire,
		notifier: newNotifier(c.Handle),
		ctx:      ctx,
		cancel:   cancel,
		wake:     make(chan struct{}, 1),
		state:    newState(c),
	}
	s.meter.panicked = func(text string) {
		s.notifier.tell(errors.New("apptuit: the meter provider panicked: " + text))
	}
	c.Queue.Watch(s.queueChanged)
	s.lock()
	defer s.unlock()
	s.state.review()
	return s
}

// Tell lets the error handler hear of errs.
func (s *Sender) Tell(errs ...error) { s.notifier.tell(errs...) }

// Observe begins to measure what happens to batches.
func (s *Sender) Observe(m Measures) {
	s.lock()
	defer s.unlock()
	s.state.ledger.measures = m
	s.state.ledger.accept(s.state.schedule.points()) // what the spool held
}

// Stats returns a snapshot of what the sender did and has.
func (s *Sender) Stats() Stats {
	s.lock()
	defer s.unlock()
	stats, size := s.state.ledger.snapshot(), s.state.queue.Size()
	stats.QueuedBatches, stats.QueuedBytes, stats.QueuedPoints = size.Batches, size.Bytes, s.state.schedule.points()
	return stats
}

func (s *Sender) lock() { s.mu.Lock() }

// unlock passes on what came up meanwhile. What foreign code is to hear is put behind
// what it was to hear before, while nobody else can; it is called without the lock.
func (s *Sender) unlock() {
	out := s.state.out.take()
	s.notifier.tell(out.notices...)
	for _, f := range out.measures {
		s.meter.do(f)
	}
	s.mu.Unlock()
	for _, w := range out.released {
		close(w.done)
	}
}

// Measure calls f, which measures something else of the exporter.
func (s *Sender) Measure(f func()) { s.meter.do(f) }

// broadcast wakes those who wait for a change.
func (s *Sender) broadcast() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// start sees to it that there is a goroutine that looks for what is next, and that
// it looks again.
func (s *Sender) start() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if s.looking > 0 || s.state.queue.Size().Batches == 0 || s.ctx.Err() != nil {
		return
	}
	if s.running == 0 {
		s.ended = make(chan struct{})
	}
	if s.running < maxLanes {
		s.running++
		s.looking++
		go s.run()
	}
}

// run is a goroutine that is on the wire. It ends when there is nothing to send that
// others do not, or when the sender ends.
func (s *Sender) run() {
	for {
		i, wait := s.next()
		switch {
		case i != nil:
			s.attempt(i)
		case wait > 0:
			s.sleep(wait)
		default:
			return
		}
	}
}

// next returns the item to attempt now, or how long to wait, which only the last
// goroutine does. Neither means that the goroutine has ended. Where there is more to
// attempt at the same time another one is started.
func (s *Sender) next() (*item, time.Duration) {
	s.lock()
	defer s.unlock()
	if s.ctx.Err() == nil {
		i, wait := s.state.next(time.Now())
		if i != nil {
			s.looking--
			if s.state.schedule.next(time.Now(), &s.state.health) != nil {
				s.start()
			}
			return i, 0
		}
		if wait > 0 && s.running == 1 {
			return nil, wait
		}
	}
	s.running--
	s.looking--
	if s.running == 0 {
		close(s.ended)
		s.broadcast()
	}
	return nil, 0
}

func (s *Sender) sleep(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.wake:
	case <-s.ctx.Done():
	}
}

// attempt is the one place where a batch is on the wire; no lock is held. Nobody else
// uses its delivery meanwhile.
func (s *Sender) attempt(i *item) {
	begun := time.Now()
	o, step := delivery.Attempt(s.ctx, s.wire, i.Delivery)
	took := time.Since(begun)
	renewed := step == delivery.StepHold && o.TokenRefused && s.wire.TokenRenewed(s.ctx)
	s.lock()
	defer s.unlock()
	s.looking++
	if !o.NoRequest {
		s.state.ledger.attempt(measured(o, step, took), i.Passed())
	}
	if s.over {
		return
	}
	s.state.schedule.back(i)
	i.lent = i.lent || o.Lent
	s.state.ledger.count(i)
	if s.ctx.Err() != nil && step != delivery.StepDone {
		return // Close counts what is left
	}
	s.state.decide(i, o, step, renewed)
	s.broadcast()
}

// measured names the kind of an error as the conventions do: by the status, where
// there is one.
func measured(o wire.Outcome, step delivery.Step, took time.Duration) func(Measures) {
	again := step == delivery.StepWait || step == delivery.StepHold || step == delivery.StepRefused
	failure := ""
	switch {
	case o.Verdict == wire.Delivered:
	case o.Status != 0:
		failure = strconv.Itoa(o.Status)
	case o.Timeout:
		failure = "timeout"
	default:
		failure = "connection"
	}
	return func(m Measures) { m.Attempted(took, o.Status, o.Bytes, failure, again) }
}
