package sender

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/queue"
)

// A Waiter is an export that waits for the first verdicts of its batches. The
// sender's lock guards all but done. The nil Waiter is one whose export has
// returned.
type Waiter struct {
	done   chan struct{} // closed when the export need not wait any longer
	over   bool          // done is closed, or will be when the lock is released
	yields bool          // it waits for no verdict, only until its batches are on disk
	open   int           // batches without a verdict
	points int
	report delivery.Report
	out    *outbox
}

// Done is closed when the export need not wait any longer.
func (w *Waiter) Done() <-chan struct{} { return w.done }

func newWaiter(batches []encoding.Batch, out *outbox) *Waiter {
	w := &Waiter{done: make(chan struct{}), open: len(batches), out: out}
	for _, b := range batches {
		w.points += b.Points
	}
	if w.open == 0 {
		w.release()
	}
	return w
}

// settle takes the report of a batch that left the queue, or of one that is on
// disk, and tells whether the export will return it.
func (w *Waiter) settle(report *delivery.Report) bool {
	if !w.add(report) {
		return false
	}
	if w.open--; w.open == 0 {
		w.release()
	}
	return true
}

// add tells the export what became of points, unless it has returned.
func (w *Waiter) add(report *delivery.Report) bool {
	if !w.waits() {
		return false
	}
	w.report.Add(report)
	return true
}

// waits tells whether the export has yet to return.
func (w *Waiter) waits() bool { return w != nil && !w.over }

// release lets the export return with what is known.
func (w *Waiter) release() {
	if w.waits() {
		w.over = true
		w.out.released = append(w.out.released, w)
	}
}

// total returns what became of all points: those that nothing became of are kept.
func (w *Waiter) total() delivery.Report {
	report := w.report
	report.Unsent, report.Kept = 0, w.points-report.Stored-report.DroppedPoints()
	return report
}

// waiters are the exports whose batches are still in the queue, by batch.
type waiters struct {
	byBatch map[uint64]*Waiter
	queue   queue.Queue
	spooled bool // what waits is on disk, or will be
}

// take removes the waiter of a batch and returns it; nil where nobody waits.
func (ws *waiters) take(seq uint64) *Waiter {
	w := ws.byBatch[seq]
	delete(ws.byBatch, seq)
	return w
}

// yield lets an export return without a verdict: its batches wait. With a spool
// they have to be on disk, unless that takes nothing.
func (ws *waiters) yield(w *Waiter) {
	if !w.waits() {
		return
	}
	w.yields = true
	if !ws.spooled || ws.queue.Failure() != nil {
		w.release()
	}
}

// yieldAll lets all exports return but one.
func (ws *waiters) yieldAll(but *Waiter, items []*item) {
	for _, w := range ws.byBatch {
		if w != but {
			ws.yield(w)
		}
	}
	for _, i := range items {
		if i.waiter != but {
			ws.yield(i.waiter)
		}
	}
}

// review lets go of those whose batches are on disk, where they outlive the
// process.
func (ws *waiters) review(items []*item) {
	for seq, w := range ws.byBatch {
		if ws.settled(seq, w) {
			delete(ws.byBatch, seq)
		}
	}
	for _, i := range items {
		if ws.settled(i.seq, i.waiter) {
			i.waiter = nil
		}
	}
}

func (ws *waiters) settled(seq uint64, w *Waiter) bool {
	if w.waits() && ws.queue.Lasts(seq) {
		w.settle(&delivery.Report{})
		return true
	}
	if w.waits() && w.yields {
		ws.yield(w)
	}
	return !w.waits()
}

// releaseAll lets all exports return.
func (ws *waiters) releaseAll(items []*item) {
	for _, w := range ws.byBatch {
		w.release()
	}
	for _, i := range items {
		i.waiter.release()
	}
}
