package sender

import (
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// A state is what a sender's lock guards. Its methods wait for nothing.
type state struct {
	queue    queue.Queue
	out      outbox
	waiters  waiters
	schedule schedule
	health   health
	ledger   ledger
	free     func([]byte) // takes the memory of bodies that were sent
}

func newState(c Config) *state {
	s := &state{queue: c.Queue, free: c.Free}
	s.waiters = waiters{queue: c.Queue, spooled: c.Spooled}
	s.schedule = schedule{queue: c.Queue, waiters: &s.waiters, lanes: maxLanes}
	if _, datagrams := c.Wire.(*wire.XCollector); datagrams { // which go one after the other anyway
		s.schedule.lanes = 1
	}
	s.health = newHealth(c.Wire.Endpoint(), &s.out)
	s.ledger = ledger{out: &s.out}
	return s
}

// enqueue takes batches and returns what waits for their first verdicts. Where
// older batches wait for the store nobody waits for a verdict: collection goes on,
// however long that takes.
func (s *state) enqueue(batches []encoding.Batch) *Waiter {
	w := newWaiter(batches, &s.out)
	w.yields = s.health.waits() || s.schedule.behind()
	s.push(batches, w)
	s.review()
	return w
}

func (s *state) push(batches []encoding.Batch, w *Waiter) {
	if len(batches) == 0 {
		return
	}
	var last uint64
	for _, b := range batches {
		last = s.queue.Push(b)
	}
	w.first = last + 1 - uint64(len(batches))
	s.waiters.open = append(s.waiters.open, w)
	s.schedule.arrive(w.first, last)
	s.ledger.accept(w.points)
	s.health.expect(time.Now())
}

// review takes in what happened to the queue by itself.
func (s *state) review() {
	for _, n := range s.queue.Notices() {
		s.notice(n)
	}
	s.waiters.review(s.schedule.held)
}

func (s *state) notice(n queue.Notice) {
	switch {
	case n.Full:
		s.evict(n)
	case n.Points > 0:
		s.ledger.drop(ErrDamaged, n.Points)
		report := lost(ErrDamaged, n.Points, n.Err)
		if !s.waiters.of(n.Seq).settle(n.Seq, report) {
			s.out.tell(report)
		}
	default:
		s.waiters.of(n.Seq).release() // it cannot be written, if it is about a batch
		s.out.tell(fmt.Errorf("apptuit: %w", n.Err))
	}
}

// evict counts a batch that the bound took. The one on the wire may yet arrive.
func (s *state) evict(n queue.Notice) {
	i := s.schedule.find(n.Seq)
	s.schedule.collections.forget(n.Seq)
	switch {
	case i == nil:
		s.ledger.drop(ErrQueueFull, n.Points)
		returned := s.waiters.of(n.Seq).settle(n.Seq, lost(ErrQueueFull, n.Points, nil))
		s.ledger.overflow(s.health.endpoint, n.Points, returned)
	case i.onWire:
		i.evicted = true
	default:
		s.giveUp(i)
	}
}

// next returns the item to attempt now, or how long to wait; neither where there is
// nothing to do that is not done.
func (s *state) next(now time.Time) (*item, time.Duration) {
	s.expire(now)
	if wait := s.health.until.Sub(now); wait > 0 {
		return nil, wait
	}
	if i := s.schedule.next(now, &s.health); i != nil {
		s.prepare(i)
		return i, 0
	}
	s.review() // of what Take met
	wait, _ := s.schedule.firstDue(now)
	return nil, wait
}

// prepare lets all other exports return before an attempt at i: they do not wait
// for it.
func (s *state) prepare(i *item) {
	s.waiters.yieldAll(i.waiter)
	if i.trusted && !i.searched {
		i.Trust()
	}
	i.trusted = false
	if s.health.doubted(i) {
		i.Doubt()
	}
	i.epoch = s.health.epoch
	s.schedule.begin(i)
}

// blocked returns why what is left waits for a person; nil where it does not. The
// store was held since there were that many holds, or it refuses all that is left,
// or the disk does not give it.
func (s *state) blocked(holds int) error {
	if s.health.holds > holds {
		return s.cause()
	}
	refused, more := s.schedule.allRefused()
	switch {
	case refused && more:
		return s.queue.Failure()
	case refused:
		return s.cause()
	}
	return nil
}

// cause is why batches wait: what the store or the disk last had against them.
func (s *state) cause() error {
	if s.health.trouble != nil {
		return s.health.trouble.Err
	}
	for _, i := range s.schedule.held {
		if i.refusedTrouble != nil {
			return i.refusedTrouble.Err
		}
	}
	return s.queue.Failure()
}

// end counts what is lost now and forgets what is held; what outlives the process
// stays where it is. It returns how many points were lost and how many are kept.
func (s *state) end() (lost, kept int) {
	s.review()
	lost = s.schedule.volatile()
	kept = s.schedule.points() - lost
	for _, i := range s.schedule.held {
		if !i.onWire {
			s.settle(i)
		}
	}
	s.waiters.releaseAll()
	if lost > 0 {
		s.ledger.drop(ErrShutdown, lost)
	}
	s.ledger.refill(s.health.endpoint)
	s.queue = queue.NewMemory(0)
	s.waiters = waiters{queue: s.queue}
	s.schedule = schedule{queue: s.queue, waiters: &s.waiters, lanes: 1}
	return lost, kept
}
