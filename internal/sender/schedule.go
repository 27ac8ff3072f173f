package sender

import (
	"cmp"
	"slices"
	"time"

	"github.com/apptuitai/apptuit-go/internal/queue"
)

// maxLanes is how many batches are on the wire at a time while all is well.
const maxLanes = 4

// A schedule has the items that were taken from the queue, and says which is next:
// those of the newest collection, so that the store is current however much waits,
// and then the oldest; but for those that were deferred so that others go on. No other
// collection begins while the newest is on the wire, or one for which an export waits.
type schedule struct {
	queue       queue.Queue
	waiters     *waiters
	lanes       int // the most items on the wire at a time
	collections collections
	newest      lane    // the collection that came last
	fresh       lane    // the one that goes before all others: it was the newest when it began
	held        []*item // all that were taken, oldest first
	onWire      []*item // of these, those that are being attempted, without the lock
	starved     bool    // the queue had nothing at hand when it was last asked
}

// A lane is the batches of a collection, by their numbers.
type lane struct {
	first, last uint64
	next        uint64 // all before it were taken
	begun       bool   // one of them was on the wire
}

func (l *lane) has(seq uint64) bool { return l.first <= seq && seq <= l.last }

// arrive notes that the batches of a collection came.
func (s *schedule) arrive(first, last uint64) {
	if s.queue.Size().Batches <= int(last-first+1) {
		s.collections = nil // nothing waits before it
	}
	s.collections = append(s.collections, first)
	s.newest = lane{first: first, last: last, next: first}
}

// Collections are the numbers of the first batches of those that came, for as long
// as others wait before the next one.
type collections []uint64

// of returns the number of the first batch of a collection; 0 where that is not
// known, for an earlier process left it.
func (c collections) of(seq uint64) uint64 {
	i, found := slices.BinarySearch(c, seq)
	switch {
	case found:
		return seq
	case i > 0:
		return c[i-1]
	}
	return 0
}

// forget lets go of those before the one of seq.
func (c *collections) forget(seq uint64) {
	for len(*c) > 1 && (*c)[1] <= seq {
		*c = (*c)[1:]
	}
}

// find returns the item of a batch; nil where it was not taken.
func (s *schedule) find(seq uint64) *item {
	i, found := s.place(seq)
	if !found {
		return nil
	}
	return s.held[i]
}

func (s *schedule) place(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(s.held, seq, func(i *item, seq uint64) int { return cmp.Compare(i.seq, seq) })
}

// next returns the item to attempt now; nil where there is none, or where what is on
// the wire has to come back first.
func (s *schedule) next(now time.Time, h *health) *item {
	if len(s.onWire) > 0 && len(s.onWire) >= s.width(now, h) {
		return nil
	}
	i := s.choose(now, h)
	if i == nil || slices.ContainsFunc(s.onWire, func(other *item) bool { return !s.goesBeside(i, other) }) {
		return nil
	}
	return i
}

// goesBeside tells whether an item may be on the wire beside another one: it came with
// it, or the other is of a backlog, neither fresh nor waited for. What was deferred
// goes alone.
func (s *schedule) goesBeside(i, other *item) bool {
	backlog := !s.fresh.has(other.seq) && !other.waiter.waits()
	return !i.deferred && !other.deferred && (backlog || i.cameWith(other))
}

// width returns how many items may be on the wire: one where something is amiss
// with the store or an item.
func (s *schedule) width(now time.Time, h *health) int {
	if !h.well(now) || slices.ContainsFunc(s.held, func(i *item) bool { return i.unwell && !i.deferred }) {
		return 1
	}
	return s.lanes
}

// choose returns the item whose turn it is. While the store is in trouble what was
// not tried comes first: it tells more.
func (s *schedule) choose(now time.Time, h *health) *item {
	if h.refusals > 0 {
		if i := s.front(h); i != nil && i.refusedSince.IsZero() {
			return i
		}
	}
	if i := s.dueItem(now, h.trouble == nil); i != nil {
		return i
	}
	if i := s.front(h); i != nil {
		return i
	}
	return s.dueItem(now, true)
}

// dueItem returns the oldest deferred item that may be tried again; withServerErrors
// takes those too that met a 500.
func (s *schedule) dueItem(now time.Time, withServerErrors bool) *item {
	for _, i := range s.held {
		due := i.deferred && !i.onWire && !i.due.After(now)
		if due && (withServerErrors || i.serverErrors == 0 || i.due.IsZero()) {
			return i
		}
	}
	return nil
}

// front returns the first of the items that are not deferred, which it takes if need
// be; nil where the queue has nothing at hand. What met something that may be its own
// fault is tried until that is known. The fresh collection is finished once it has
// begun; while the store is in trouble the newest one takes its place.
func (s *schedule) front(h *health) *item {
	if i := s.ready(func(i *item) bool { return !i.innocent() }); i != nil {
		return i
	}
	if h.trouble != nil || !s.fresh.begun {
		s.renew()
	}
	if i := s.freshItem(); i != nil {
		return i
	}
	if s.fresh.next > s.fresh.last && s.renew() {
		if i := s.freshItem(); i != nil {
			return i
		}
	}
	if i := s.ready(func(*item) bool { return true }); i != nil {
		return i
	}
	e, ok := s.queue.Take()
	s.starved = !ok
	if !ok {
		return nil
	}
	s.collections.forget(e.Seq)
	return s.hold(e)
}

// ready returns the oldest item that waits for nothing but its turn.
func (s *schedule) ready(that func(*item) bool) *item {
	for _, i := range s.held {
		if !i.deferred && !i.onWire && that(i) {
			return i
		}
	}
	return nil
}

// freshItem returns the first of the fresh collection that is ready.
func (s *schedule) freshItem() *item {
	if i := s.ready(func(i *item) bool { return s.fresh.has(i.seq) }); i != nil {
		return i
	}
	if s.fresh.next > s.fresh.last {
		return nil
	}
	e, ok, later := s.queue.TakeWithin(s.fresh.next, s.fresh.last)
	switch {
	case ok:
		s.fresh.next = e.Seq + 1
		return s.hold(e)
	case !later:
		s.fresh.next = s.fresh.last + 1
	}
	return nil
}

// renew lets the newest collection be the fresh one, and tells whether it was another.
// What was taken of others and is innocent goes back, so that few bodies are held
// however long an outage is.
func (s *schedule) renew() bool {
	if s.newest.first == s.fresh.first {
		return false
	}
	s.fresh = s.newest
	s.held = slices.DeleteFunc(s.held, func(i *item) bool {
		back := !i.deferred && !i.onWire && !s.fresh.has(i.seq) && i.innocent()
		if back {
			s.queue.Return(i.seq, i.lent)
		}
		return back
	})
	return true
}

// hold makes an item of a batch that was taken.
func (s *schedule) hold(e queue.Entry) *item {
	i := newItem(e, s.waiters.of(e.Seq), s.collections.of(e.Seq))
	at, _ := s.place(e.Seq)
	s.held = slices.Insert(s.held, at, i)
	return i
}

// begin notes that an item is on the wire, and back that it is not any more.
func (s *schedule) begin(i *item) {
	i.onWire = true
	s.onWire = append(s.onWire, i)
	s.fresh.begun = s.fresh.begun || s.fresh.has(i.seq)
}

func (s *schedule) back(i *item) {
	i.onWire = false
	s.onWire = slices.DeleteFunc(s.onWire, func(other *item) bool { return other == i })
}

// firstDue returns how long until a deferred item may be tried again.
func (s *schedule) firstDue(now time.Time) (wait time.Duration, waiting bool) {
	for _, i := range s.held {
		if left := i.due.Sub(now); i.deferred && (!waiting || left < wait) {
			wait, waiting = left, true
		}
	}
	return wait, waiting
}

// deferred counts the items that are.
func (s *schedule) deferred() (n int) {
	for _, i := range s.held {
		if i.deferred {
			n++
		}
	}
	return n
}

// others tells whether there is a batch beside i that was not deferred.
func (s *schedule) others(i *item) bool {
	others := s.queue.Size().Batches - s.deferred()
	if !i.deferred {
		others--
	}
	return others > 0
}

// remove forgets an item.
func (s *schedule) remove(i *item) {
	s.held = slices.DeleteFunc(s.held, func(other *item) bool { return other == i })
}

// behind tells whether batches are sent before one that comes now.
func (s *schedule) behind() bool {
	return len(s.onWire) > 0 || s.queue.Size().Batches > s.deferred()
}

// hurry ends all waits.
func (s *schedule) hurry() {
	s.starved = false
	for _, i := range s.held {
		i.hurry()
	}
}

// allRefused tells whether all that can be sent was refused, and whether there is
// more that the disk does not give.
func (s *schedule) allRefused() (refused, more bool) {
	waiting := s.queue.Size().Batches
	for _, i := range s.held {
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
	for _, i := range s.held {
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
