package sender

import (
	"slices"
	"time"

	"github.com/apptuitai/apptuit-go/internal/queue"
)

// A schedule has the items that were taken from the queue, and says which is next:
// the oldest, but for those that were deferred so that others go on.
type schedule struct {
	queue    queue.Queue
	waiters  *waiters
	head     *item   // the one at the front; nil where none was taken
	deferred []*item // oldest first
	onWire   *item   // the one that is being attempted, without the lock
	starved  bool    // the queue had nothing at hand when it was last asked
}

// items returns all that were taken.
func (s *schedule) items() []*item {
	all := slices.Clone(s.deferred)
	if s.head != nil {
		all = append(all, s.head)
	}
	return all
}

// find returns the item of a batch; nil where it was not taken.
func (s *schedule) find(seq uint64) *item {
	for _, i := range s.items() {
		if i.seq == seq {
			return i
		}
	}
	return nil
}

// next returns the item to attempt now; nil where there is none. While the store
// is in trouble what was not tried comes first: it tells more.
func (s *schedule) next(now time.Time, h *health) *item {
	untried := h.refusals > 0 && s.front() != nil && s.head.refusedSince.IsZero()
	if untried {
		return s.head
	}
	if i := s.dueItem(now, h.trouble == nil); i != nil {
		return i
	}
	if i := s.front(); i != nil {
		return i
	}
	return s.dueItem(now, true)
}

// dueItem returns the oldest deferred item that may be tried again; withServerErrors
// takes those too that met a 500.
func (s *schedule) dueItem(now time.Time, withServerErrors bool) *item {
	for _, i := range s.deferred {
		if !i.due.After(now) && (withServerErrors || i.serverErrors == 0 || i.due.IsZero()) {
			return i
		}
	}
	return nil
}

// front returns the item at the front, which it takes if need be; nil where the
// queue has nothing at hand.
func (s *schedule) front() *item {
	if s.head != nil {
		return s.head
	}
	e, ok := s.queue.Take()
	s.starved = !ok
	if ok {
		s.head = newItem(e, s.waiters.take(e.Seq))
	}
	return s.head
}

// firstDue returns how long until a deferred item may be tried again.
func (s *schedule) firstDue(now time.Time) (wait time.Duration, waiting bool) {
	if len(s.deferred) == 0 {
		return 0, false
	}
	first := slices.MinFunc(s.deferred, func(a, b *item) int { return a.due.Compare(b.due) })
	return first.due.Sub(now), true
}

// hasRoom tells whether another item may be deferred.
func (s *schedule) hasRoom() bool { return len(s.deferred) < maxDeferred }

// moveAside makes room at the front, where i was there.
func (s *schedule) moveAside(i *item) (moved bool) {
	if s.head != i {
		return false
	}
	s.head = nil
	s.deferred = append(s.deferred, i)
	return true
}

// remove forgets an item.
func (s *schedule) remove(i *item) {
	if s.head == i {
		s.head = nil
	}
	s.deferred = slices.DeleteFunc(s.deferred, func(other *item) bool { return other == i })
}

// behind tells whether batches are sent before one that comes now.
func (s *schedule) behind() bool {
	return s.onWire != nil || s.queue.Size().Batches > len(s.deferred)
}

// hurry ends all waits.
func (s *schedule) hurry() {
	s.starved = false
	for _, i := range s.items() {
		i.hurry()
	}
}

// allRefused tells whether all that can be sent was refused, and whether there is
// more that the disk does not give.
func (s *schedule) allRefused() (refused, more bool) {
	waiting := s.queue.Size().Batches
	for _, i := range s.items() {
		if i.refusedSince.IsZero() || i.hurried {
			return false, false // it is on its way
		}
		waiting--
	}
	return waiting <= 0 || s.starved, waiting > 0
}

// points counts what is held: not stored yet, and not given up.
func (s *schedule) points() int {
	return s.unsent(s.queue.Size(), func(uint64) bool { return true })
}

// volatile counts what ends with the process.
func (s *schedule) volatile() int {
	return s.unsent(s.queue.Volatile(), func(seq uint64) bool { return !s.queue.Lasts(seq) })
}

// unsent takes off a part of the queue what was sent of its batches already.
func (s *schedule) unsent(part queue.Size, in func(seq uint64) bool) int {
	n := part.Points
	for _, i := range s.items() {
		if !in(i.seq) {
			continue
		}
		n += i.left
		if !i.evicted {
			n -= i.points
		}
	}
	return n
}
