package apptuit

import (
	"errors"
	"maps"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

// A receipt brings the first verdicts of an export's batches back to it.
// custody.mu guards all but done. A nil receipt is one whose export has
// returned.
type receipt struct {
	done   chan struct{} // closed when the export need not wait any longer
	over   bool
	open   int // batches without a verdict
	points int
	report transport.SendError
}

func newReceipt(batches []encoding.Batch) *receipt {
	r := &receipt{done: make(chan struct{}), open: len(batches)}
	for _, b := range batches {
		r.points += b.Points
	}
	if r.open == 0 {
		r.release()
	}
	return r
}

// settle takes the report of a batch that has left custody, and tells whether
// the export will return it.
func (r *receipt) settle(report *transport.SendError) bool {
	if !r.add(report) {
		return false
	}
	if r.open--; r.open == 0 {
		r.release()
	}
	return true
}

// add tells the export what became of points, unless it has returned.
func (r *receipt) add(report *transport.SendError) bool {
	if !r.waits() {
		return false
	}
	r.report.Add(report)
	return true
}

// waits tells whether the export has yet to return.
func (r *receipt) waits() bool { return r != nil && !r.over }

// release lets the export return with what is known.
func (r *receipt) release() {
	if r.waits() {
		r.over = true
		close(r.done)
	}
}

// asSendError returns err as a report, made of it where it is none.
func asSendError(err error) *transport.SendError {
	var report *transport.SendError
	if errors.As(err, &report) {
		return report
	}
	return &transport.SendError{Err: err}
}

// since returns what a report of the same points tells beyond an earlier one.
func since(report, earlier *transport.SendError) transport.SendError {
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
