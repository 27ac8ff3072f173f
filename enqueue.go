package apptuit

import (
	"fmt"
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/observ"
	"github.com/apptuitai/apptuit-go/internal/queue"
)

// enqueue takes batches and returns what waits for their first verdicts, or false
// after close. Where older batches wait for the store nobody waits for a verdict:
// collection goes on, however long that takes.
func (s *sender) enqueue(batches []encoding.Batch) (*waiter, bool) {
	s.lock()
	defer s.unlock()
	if s.closed {
		return nil, false
	}
	w := s.newWaiter(batches)
	w.yields = s.health.waits() || s.behind()
	for _, b := range batches {
		s.ledger.accept(b.Points)
		s.waiters[s.queue.Push(b)] = w
	}
	s.review()
	s.start()
	return w, true
}

// behind tells whether batches are sent before one that comes now.
func (s *sender) behind() bool {
	return s.onWire != nil || s.queue.Size().Batches > len(s.deferred)
}

// queueChanged is called by the queue when something happened in it by itself.
func (s *sender) queueChanged() {
	s.lock()
	defer s.unlock()
	if s.over {
		return
	}
	s.review()
	s.start()
	s.broadcast()
}

// review takes in what happened to the queue by itself.
func (s *sender) review() {
	for _, n := range s.queue.Notices() {
		s.noticed(n)
	}
	for seq, w := range s.waiters {
		if s.settled(seq, w) {
			delete(s.waiters, seq)
		}
	}
	for _, d := range s.deliveries() {
		if s.settled(d.seq, d.waiter) {
			d.waiter = nil
		}
	}
}

func (s *sender) noticed(n queue.Notice) {
	switch {
	case n.Full:
		s.evict(n)
	case n.Points > 0:
		s.ledger.drop(ErrDamaged, n.Points)
		report := lost(ErrDamaged, n.Points, n.Err)
		if w := s.waiters[n.Seq]; w.settle(report) {
			delete(s.waiters, n.Seq)
			return
		}
		s.tell(report)
	default:
		s.waiters[n.Seq].release() // it cannot be written, if it is about a batch
		s.tell(fmt.Errorf("apptuit: %w", n.Err))
	}
}

// settled tells whether an export need not wait for a batch any longer: what is
// on disk outlives the process.
func (s *sender) settled(seq uint64, w *waiter) bool {
	if w.waits() && s.queue.Lasts(seq) {
		w.settle(&delivery.Report{})
		return true
	}
	if w.waits() && w.yields {
		s.yield(w)
	}
	return !w.waits()
}

// yield lets an export return without a verdict: its batches wait. With a spool
// they have to be on disk, unless that takes nothing.
func (s *sender) yield(w *waiter) {
	if !w.waits() {
		return
	}
	w.yields = true
	if !s.spooled || s.queue.Failure() != nil {
		w.release()
	}
}

// yieldAll lets all exports return but the one whose batch d is; nil for all.
func (s *sender) yieldAll(d *item) {
	for _, w := range s.waiters {
		if d == nil || w != d.waiter {
			s.yield(w)
		}
	}
	for _, other := range s.deliveries() {
		if d == nil || other.waiter != d.waiter {
			s.yield(other.waiter)
		}
	}
}

// evict counts a batch that the bound took. The one on the wire may yet arrive.
func (s *sender) evict(n queue.Notice) {
	d := s.delivery(n.Seq)
	switch {
	case d == nil:
		s.ledger.drop(ErrQueueFull, n.Points)
		s.overflow(n.Points, s.waiters[n.Seq].settle(lost(ErrQueueFull, n.Points, nil)))
		delete(s.waiters, n.Seq)
	case d == s.onWire:
		d.evicted = true
	default:
		s.giveUp(d)
	}
}

// giveUp drops what is left of a delivery whose batch the bound took.
func (s *sender) giveUp(d *item) {
	points := d.Left()
	d.Reject(ErrQueueFull)
	s.overflow(points, s.finish(d))
}

// overflow tells once that the queue is full.
func (s *sender) overflow(points int, returned bool) {
	if s.ledger.overflow(points, returned) {
		s.tell(fmt.Errorf("apptuit: %s: the queue is full, the oldest points are dropped from now on: %w",
			s.out.Endpoint(), ErrQueueFull))
	}
}

func (s *sender) delivery(seq uint64) *item {
	for _, d := range s.deliveries() {
		if d.seq == seq {
			return d
		}
	}
	return nil
}

// deliveries returns all that have begun.
func (s *sender) deliveries() []*item {
	all := slices.Clone(s.deferred)
	if s.head != nil {
		all = append(all, s.head)
	}
	return all
}

func lost(reason encoding.Reason, points int, cause error) *delivery.Report {
	return &delivery.Report{Dropped: map[encoding.Reason]int{reason: points}, Err: cause}
}

// points counts what is held: not stored yet, and not given up.
func (s *sender) points() int {
	return s.unsent(s.queue.Size(), func(uint64) bool { return true })
}

// volatile counts what ends with the process.
func (s *sender) volatile() int {
	return s.unsent(s.queue.Volatile(), func(seq uint64) bool { return !s.queue.Lasts(seq) })
}

// unsent takes off a part of the queue what was sent of its batches already.
func (s *sender) unsent(part queue.Size, in func(seq uint64) bool) int {
	n := part.Points
	for _, d := range s.deliveries() {
		if !in(d.seq) {
			continue
		}
		n += d.left
		if !d.evicted {
			n -= d.points
		}
	}
	return n
}

// size is what the queue holds, for the exporter's own metrics.
func (s *sender) size() (batches int, bytes int64) {
	size := s.queue.Size()
	return size.Batches, size.Bytes
}

// observe begins to measure what happens to batches.
func (s *sender) observe(o *observ.Exporter) {
	s.lock()
	defer s.unlock()
	s.ledger.observ = o
	s.ledger.accept(s.points()) // what the spool held
}

func (s *sender) snapshot() Stats {
	s.lock()
	defer s.unlock()
	stats := s.ledger.snapshot()
	size := s.queue.Size()
	stats.QueuedBatches, stats.QueuedBytes, stats.QueuedPoints = size.Batches, size.Bytes, s.points()
	return stats
}

// result ends the waiting of an export and returns what became of its points.
func (s *sender) result(w *waiter) delivery.Report {
	s.lock()
	defer s.unlock()
	w.release()
	return w.total()
}
