package sender

import (
	"fmt"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/queue"
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
	s.waiters = waiters{byBatch: map[uint64]*Waiter{}, queue: c.Queue, spooled: c.Spooled}
	s.schedule = schedule{queue: c.Queue, waiters: &s.waiters}
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
	for _, b := range batches {
		s.ledger.accept(b.Points)
		s.waiters.byBatch[s.queue.Push(b)] = w
	}
	s.review()
	return w
}

// review takes in what happened to the queue by itself.
func (s *state) review() {
	for _, n := range s.queue.Notices() {
		s.notice(n)
	}
	s.waiters.review(s.schedule.items())
}

func (s *state) notice(n queue.Notice) {
	switch {
	case n.Full:
		s.evict(n)
	case n.Points > 0:
		s.ledger.drop(ErrDamaged, n.Points)
		report := lost(ErrDamaged, n.Points, n.Err)
		if !s.waiters.take(n.Seq).settle(report) {
			s.out.tell(report)
		}
	default:
		s.waiters.byBatch[n.Seq].release() // it cannot be written, if it is about a batch
		s.out.tell(fmt.Errorf("apptuit: %w", n.Err))
	}
}

// evict counts a batch that the bound took. The one on the wire may yet arrive.
func (s *state) evict(n queue.Notice) {
	i := s.schedule.find(n.Seq)
	switch {
	case i == nil:
		s.ledger.drop(ErrQueueFull, n.Points)
		returned := s.waiters.take(n.Seq).settle(lost(ErrQueueFull, n.Points, nil))
		s.ledger.overflow(s.health.endpoint, n.Points, returned)
	case i == s.schedule.onWire:
		i.evicted = true
	default:
		s.giveUp(i)
	}
}

// yieldAll lets all exports return but one.
func (s *state) yieldAll(but *Waiter) { s.waiters.yieldAll(but, s.schedule.items()) }

// prepare lets all other exports return before an attempt at i: they do not wait
// for it.
func (s *state) prepare(i *item) {
	s.yieldAll(i.waiter)
	if s.health.doubted(i) {
		i.Doubt()
	}
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
	for _, i := range s.schedule.items() {
		if i.refusedTrouble != nil {
			return i.refusedTrouble.Err
		}
	}
	return s.queue.Failure()
}

// hurry ends all waits.
func (s *state) hurry() {
	s.health.reset()
	s.schedule.hurry()
}

func (s *state) snapshot() Stats {
	stats, size := s.ledger.snapshot(), s.queue.Size()
	stats.QueuedBatches, stats.QueuedBytes, stats.QueuedPoints = size.Batches, size.Bytes, s.schedule.points()
	return stats
}

// end counts what is lost now and forgets what is held; what outlives the process
// stays where it is. It returns how many points were lost and how many are kept.
func (s *state) end() (lost, kept int) {
	s.review()
	lost = s.schedule.volatile()
	kept = s.schedule.points() - lost
	for _, i := range s.schedule.items() {
		if i != s.schedule.onWire {
			s.settle(i)
		}
	}
	s.waiters.releaseAll(s.schedule.items())
	if lost > 0 {
		s.ledger.drop(ErrShutdown, lost)
	}
	s.ledger.refill(s.health.endpoint)
	s.queue = queue.NewMemory(0)
	s.waiters = waiters{queue: s.queue}
	s.schedule = schedule{queue: s.queue, waiters: &s.waiters}
	return lost, kept
}
