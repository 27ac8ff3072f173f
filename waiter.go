package apptuit

import (
	"maps"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
)

// A waiter is an export that waits for the first verdicts of its batches.
// sender.mu guards all but done. The nil waiter is one whose export has returned.
type waiter struct {
	done   chan struct{} // closed when the export need not wait any longer
	over   bool          // done is closed, or will be by unlock
	sender *sender
	yields bool // it waits for no verdict, only until its batches are on disk
	open   int  // batches without a verdict
	points int
	report delivery.Report
}

func (s *sender) newWaiter(batches []encoding.Batch) *waiter {
	w := &waiter{done: make(chan struct{}), sender: s, open: len(batches)}
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
func (w *waiter) settle(report *delivery.Report) bool {
	if !w.add(report) {
		return false
	}
	if w.open--; w.open == 0 {
		w.release()
	}
	return true
}

// add tells the export what became of points, unless it has returned.
func (w *waiter) add(report *delivery.Report) bool {
	if !w.waits() {
		return false
	}
	w.report.Add(report)
	return true
}

// waits tells whether the export has yet to return.
func (w *waiter) waits() bool { return w != nil && !w.over }

// release lets the export return with what is known.
func (w *waiter) release() {
	if w.waits() {
		w.over = true
		w.sender.released = append(w.sender.released, w)
	}
}

// total returns what became of all points: those that nothing became of are kept.
func (w *waiter) total() delivery.Report {
	report := w.report
	report.Unsent, report.Kept = 0, w.points-report.Stored-sum(report.Dropped)
	return report
}

func sum(counts map[encoding.Reason]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}

// since returns what a report of the same points tells beyond an earlier one.
func since(report, earlier *delivery.Report) delivery.Report {
	fresh := *report
	fresh.Stored -= earlier.Stored
	fresh.Rejected = report.Rejected[len(earlier.Rejected):]
	fresh.Dropped = maps.Clone(report.Dropped)
	for reason, n := range earlier.Dropped {
		fresh.Dropped[reason] -= n
	}
	maps.DeleteFunc(fresh.Dropped, func(_ encoding.Reason, n int) bool { return n == 0 })
	return fresh
}
