package sender

import (
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/queue"
)

// A Waiter is an export that waits for the first verdicts of its batches. The
// sender's lock guards all but done. The nil Waiter is one whose export has
// returned.
type Waiter struct {
	done    chan struct{} // closed when the export need not wait any longer
	over    bool          // done is closed, or will be when the lock is released
	yields  bool          // it waits for no verdict, only until its batches are on disk
	first   uint64        // the number of its first batch
	closed  []bool        // which of its batches have a verdict, or are on disk
	open    int           // batches that do not
	lasting int           // all of its batches before this one are closed
	points  int
	report  delivery.Report
	out     *outbox
}

// Done is closed when the export need not wait any longer.
func (w *Waiter) Done() <-chan struct{} { return w.done }

func newWaiter(batches []encoding.Batch, out *outbox) *Waiter {
	w := &Waiter{done: make(chan struct{}), closed: make([]bool, len(batches)), open: len(batches), out: out}
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
func (w *Waiter) settle(seq uint64, report *delivery.Report) bool {
	if !w.waitsFor(seq) || !w.add(report) {
		return false
	}
	w.closed[seq-w.first] = true
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

// waitsFor tells whether the export has yet to hear of a batch.
func (w *Waiter) waitsFor(seq uint64) bool {
	return w.waits() && seq >= w.first && seq-w.first < uint64(len(w.closed)) && !w.closed[seq-w.first]
}

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

// waiters are the exports that have yet to return.
type waiters struct {
	open    []*Waiter // as they came
	queue   queue.Queue
	spooled bool // what waits is on disk, or will be
}

// of returns the export that waits for a batch; nil where nobody does.
func (ws *waiters) of(seq uint64) *Waiter {
	for _, w := range ws.open {
		if w.waitsFor(seq) {
			return w
		}
	}
	return nil
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
func (ws *waiters) yieldAll(but *Waiter) {
	for _, w := range ws.open {
		if w != but {
			ws.yield(w)
		}
	}
}

// review lets go of those whose batches are on disk, where they outlive the
// process.
func (ws *waiters) review(items []*item) {
	for _, w := range ws.open {
		ws.closeLasting(w)
		if w.waits() && w.yields {
			ws.yield(w)
		}
	}
	ws.open = slices.DeleteFunc(ws.open, func(w *Waiter) bool { return !w.waits() })
	for _, i := range items {
		if !i.waiter.waitsFor(i.seq) {
			i.waiter = nil
		}
	}
}

// closeLasting notes which batches are on disk. They come there in turn: it goes no
// further than the first that is not, so that all reviews together look at each
// batch once.
func (ws *waiters) closeLasting(w *Waiter) {
	for w.waits() && w.lasting < len(w.closed) {
		seq := w.first + uint64(w.lasting)
		if !w.closed[w.lasting] && !ws.queue.Lasts(seq) {
			return
		}
		w.settle(seq, &delivery.Report{})
		w.lasting++
	}
}

// releaseAll lets all exports return.
func (ws *waiters) releaseAll() {
	for _, w := range ws.open {
		w.release()
	}
}
