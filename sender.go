package apptuit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/observ"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// Why points that Export accepted are given up without the store's word.
const (
	ErrQueueFull encoding.Reason = "queue_full" // the oldest made room for the newest
	ErrShutdown  encoding.Reason = "shutdown"   // left in memory when the exporter ended
	ErrDamaged   encoding.Reason = "damaged"    // their record in the spool cannot be read
)

// A sender has the batches that Export accepted until the store has them or they
// are given up. One goroutine owns the wire; it runs while there is something to
// send.
//
// The oldest batch goes first. While the store is in trouble all batches wait
// together; a batch that is in trouble alone is deferred, so that the others go
// on.
//
// mu is never held across the network, the disk or foreign code: errors for the
// error handler and measurements of the exporter itself are passed on by unlock.
type sender struct {
	out      wire.Wire
	notifier *notifier
	giveBack func([]byte)       // takes the memory of bodies that were sent
	spooled  bool               // what waits is on disk, or will be
	ctx      context.Context    // of the wire; ends with the exporter
	cancel   context.CancelFunc // of ctx
	wake     chan struct{}      // holds one: there is something new to do

	mu       sync.Mutex
	queue    queue.Queue
	waiters  map[uint64]*waiter // of batches not begun
	head     *item              // the one at the front, if begun
	deferred []*item            // oldest first
	onWire   *item              // the one that is being attempted, without mu
	starved  bool               // the queue had nothing at hand when it was last asked
	running  bool               // there is a goroutine
	ended    chan struct{}      // closed when the latest one is gone; nil before the first
	closed   bool               // nothing is accepted any more
	over     bool               // what was left has been counted as lost
	health   health
	ledger   ledger
	changed  chan struct{} // closed when something became of a batch; nil where no one waits
	released []*waiter     // exports that may return
	notices  []error       // for the error handler
}

func newSender(out wire.Wire, n *notifier, q queue.Queue, spooled bool, giveBack func([]byte)) *sender {
	ctx, cancel := context.WithCancel(context.Background())
	s := &sender{
		out:      out,
		notifier: n,
		giveBack: giveBack,
		spooled:  spooled,
		ctx:      ctx,
		cancel:   cancel,
		wake:     make(chan struct{}, 1),
		queue:    q,
		waiters:  map[uint64]*waiter{},
		health:   newHealth(),
	}
	q.Watch(s.queueChanged)
	s.lock()
	defer s.unlock()
	s.review()
	return s
}

func (s *sender) lock() { s.mu.Lock() }

// unlock passes on what came up meanwhile.
func (s *sender) unlock() {
	notices, measures, released := s.notices, s.ledger.takeMeasures(), s.released
	s.notices, s.released = nil, nil
	s.mu.Unlock()
	s.notifier.tell(notices...)
	s.measure(measures)
	for _, w := range released { // an export that returned has been measured
		close(w.done)
	}
}

// measure calls the instruments of the exporter itself, which may be anyone's.
func (s *sender) measure(measures []func()) {
	defer func() {
		if cause := recover(); cause != nil {
			s.notifier.tell(errors.New("apptuit: the meter provider panicked: " + text.Line(fmt.Sprint(cause))))
		}
	}()
	for _, f := range measures {
		f()
	}
}

// tell lets the error handler hear err.
func (s *sender) tell(err error) { s.notices = append(s.notices, err) }

// broadcast wakes those who wait for a change.
func (s *sender) broadcast() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// start sees to it that there is a goroutine, and that it looks again.
func (s *sender) start() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if s.running || s.queue.Size().Batches == 0 || s.ctx.Err() != nil {
		return
	}
	s.running, s.ended = true, make(chan struct{})
	go s.run(s.ended)
}

// run is the one goroutine that is on the wire. It ends when there is nothing to
// send, or when the exporter ends.
func (s *sender) run(ended chan struct{}) {
	defer close(ended)
	for {
		d, wait := s.next()
		switch {
		case d != nil:
			s.attempt(d)
		case wait > 0:
			s.sleep(wait)
		default:
			return
		}
	}
}

// next returns the delivery to attempt now, or how long to wait. Neither means
// that the goroutine has ended.
func (s *sender) next() (*item, time.Duration) {
	s.lock()
	defer s.unlock()
	now := time.Now()
	if s.ctx.Err() == nil {
		s.expire(now)
		if wait := s.health.until.Sub(now); wait > 0 {
			return nil, wait
		}
		if s.onWire = s.due(now); s.onWire != nil {
			s.prepare(s.onWire)
			return s.onWire, 0
		}
		if wait, waiting := s.firstDue(now); waiting {
			return nil, wait
		}
	}
	s.running = false
	s.broadcast()
	return nil, 0
}

// prepare lets all other exports return: they do not wait for this attempt.
func (s *sender) prepare(d *item) {
	s.yieldAll(d)
	if s.health.doubted(d) {
		d.Doubt()
	}
}

// due returns a deferred delivery that may be tried again, else the one at the
// front. While the store is in trouble what was not tried comes first: it tells
// more.
func (s *sender) due(now time.Time) *item {
	untried := s.health.refusals > 0 && s.front() != nil && s.head.refused.IsZero()
	if untried {
		return s.head
	}
	if d := s.dueDeferred(now, s.health.trouble == nil); d != nil {
		return d
	}
	if d := s.front(); d != nil {
		return d
	}
	return s.dueDeferred(now, true)
}

// dueDeferred returns the oldest that may be tried again; suspects are those that
// met a 500.
func (s *sender) dueDeferred(now time.Time, suspects bool) *item {
	for _, d := range s.deferred {
		if !d.due.After(now) && (suspects || d.serverErrors == 0 || d.due.IsZero()) {
			return d
		}
	}
	return nil
}

// front returns the delivery at the front, which it begins if need be; nil where
// the queue has nothing at hand.
func (s *sender) front() *item {
	if s.head != nil {
		return s.head
	}
	e, ok := s.queue.Take()
	s.review()
	s.starved = !ok
	if ok {
		s.head = newItem(e, s.waiters[e.Seq])
		delete(s.waiters, e.Seq)
	}
	return s.head
}

func (s *sender) firstDue(now time.Time) (wait time.Duration, waiting bool) {
	if len(s.deferred) == 0 {
		return 0, false
	}
	first := slices.MinFunc(s.deferred, func(a, b *item) int { return a.due.Compare(b.due) })
	return first.due.Sub(now), true
}

func (s *sender) sleep(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.wake:
	case <-s.ctx.Done():
	}
}

// attempt is the one place where a batch is on the wire; no lock is held.
func (s *sender) attempt(d *item) {
	begun := time.Now()
	o, step := delivery.Attempt(s.ctx, s.out, d.Delivery)
	took := time.Since(begun)
	renewed := step == delivery.StepHold && o.TokenRefused && s.out.TokenRenewed(s.ctx)
	s.lock()
	defer s.unlock()
	if !o.NoRequest {
		s.ledger.attempt(measured(o, step, took), d.Passed())
	}
	if s.over {
		return
	}
	s.onWire = nil
	d.lent = d.lent || o.Lent
	s.ledger.count(d)
	if s.ctx.Err() != nil && step != delivery.StepDone {
		return // close counts what is left
	}
	s.decide(d, o, step, renewed)
	s.broadcast()
}

// measured names the kind of an error as the conventions do: by the status, where
// there is one.
func measured(o wire.Outcome, step delivery.Step, took time.Duration) observ.Attempt {
	a := observ.Attempt{Time: took, Status: o.Status, Bytes: o.Bytes}
	a.Again = step == delivery.StepWait || step == delivery.StepHold || step == delivery.StepRefused
	switch {
	case o.Verdict == wire.Delivered:
	case o.Status != 0:
		a.Error = strconv.Itoa(o.Status)
	case o.Timeout:
		a.Error = "timeout"
	default:
		a.Error = "connection"
	}
	return a
}

// finish takes a delivery that has nothing left to send out of the queue. The
// export that brought it returns what was dropped, or, where it has returned, the
// error handler hears it: never both.
func (s *sender) finish(d *item) (returned bool) {
	free := s.queue.Remove(d.seq)
	if free && !d.lent && d != s.onWire {
		s.giveBack(d.body)
	}
	if s.head == d {
		s.head = nil
	}
	s.deferred = slices.DeleteFunc(s.deferred, func(other *item) bool { return other == d })
	s.ledger.count(d)
	returned = s.settle(d)
	if s.queue.Size().Batches == 0 {
		if err := s.ledger.refill(s.out.Endpoint()); err != nil {
			s.tell(err)
		}
	}
	return returned
}

func (s *sender) settle(d *item) (returned bool) {
	report := d.report(nil)
	if d.waiter.settle(&report) {
		return true
	}
	delete(report.Dropped, ErrQueueFull) // overflow tells of that
	if len(report.Dropped) > 0 {
		s.tell(&report)
	}
	return false
}
