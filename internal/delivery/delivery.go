package delivery

import (
	"fmt"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// A Step says how to go on with a [Delivery].
type Step uint8

const (
	// StepProceed: put the next piece at once.
	StepProceed Step = iota + 1
	// StepWait: put it after a wait that heeds the outcome's RetryAfter.
	StepWait
	// StepHold: put it after a long wait; a person has to change something.
	StepHold
	// StepRefused: the store takes no part of it, of any size, and does not say
	// why. Put it after a long wait: either all of it is bad, or it is the store.
	StepRefused
	// StepPause: put the next piece after a wait. There are many points to be
	// searched for, and others may go on.
	StepPause
	// StepDone: nothing is left.
	StepDone
)

// A Delivery is the way of one batch to the store: what of it is still to be
// sent, and what became of the rest. It does no I/O and keeps no clock. Its
// calls are
//
//	New, then until Next gives nothing
//	    Next for the piece to put, and Record for what came of it
//	    Halve or Bisect, where the caller knows that the piece cannot pass
//	    Trust or Doubt, where it knows whether the store takes other batches
//	    Reject to give up what is left
//	Report for what became of the points
//
// What the store has is not sent again. A Delivery is for one goroutine at a
// time.
type Delivery struct {
	pieces   pieces   // to be sent; the last is next
	first    [1]piece // memory of pieces, as long as there is one
	suspects []piece  // single points, refused while trusted was false

	// trusted: the store took a part of the batch, so what it refuses is the
	// fault of the point, not of the store or the configuration.
	trusted bool
	poison  bool // Bisect was called: a 500 is the fault of the points
	stuck   bool // the store refused every part that was tried
	budget  int  // refusals that may yet follow each other before stuck; renewed where a search finds something
	burst   int  // refusals before the next pause

	again bool // the one immediate retry after a stale connection is used
	cut   cutShort

	halved  bool         // the last piece was, for it did not get through
	passed  bool         // the last piece, or all of it that was not named
	report  Report       // its Unsent is unused
	status  int          // of the last outcome
	verdict wire.Verdict // of the last outcome
}

// New returns the delivery of a batch.
func New(b encoding.Batch) *Delivery {
	d := &Delivery{}
	d.pieces = d.first[:0]
	d.pieces.push(piece{Batch: b})
	d.budget = searchLength(d.Left())
	d.burst = searchLength(d.Left())
	d.pieces.settle(&d.report)
	return d
}

// Next returns the piece to put next, the same one until something is recorded;
// false where nothing is left.
func (d *Delivery) Next() (encoding.Batch, bool) {
	if len(d.pieces) == 0 {
		return encoding.Batch{}, false
	}
	return d.pieces.top().Batch, true
}

// Left counts the points neither stored nor given up.
func (d *Delivery) Left() int {
	n := len(d.suspects)
	for _, p := range d.pieces {
		if p.copied == 0 {
			n += p.Points
		}
	}
	return n
}

// Rest returns what Left counts: the points, as they are in the batch.
func (d *Delivery) Rest() (batches []encoding.Batch) {
	for _, all := range [][]piece{d.suspects, d.pieces} {
		for _, p := range all {
			if p.copied == 0 && p.Points > 0 {
				batches = append(batches, p.Batch)
			}
		}
	}
	return batches
}

// Untouched tells whether the batch is as it was: nothing became of a point, and
// nothing that was met may be the fault of the batch.
func (d *Delivery) Untouched() bool {
	whole := len(d.pieces) == 1 && len(d.suspects) == 0 && d.report.Stored == 0 && len(d.report.Dropped) == 0
	return whole && !d.trusted && !d.poison && !d.stuck && d.cut == cutShort{}
}

// Record takes what came of the piece that Next gave.
func (d *Delivery) Record(o wire.Outcome) Step {
	if len(d.pieces) == 0 {
		return StepDone
	}
	if o.NoRequest && o.Verdict != wire.Delivered {
		return d.unsendable(o)
	}
	d.status, d.verdict, d.passed, d.halved = o.Status, o.Verdict, false, false
	if o.Status != 0 {
		d.again = false
	}
	d.cut.note(o)
	return d.next(d.applyVerdict(o))
}

// next makes the last piece one to be sent, and returns step where there is one.
func (d *Delivery) next(step Step) Step {
	d.pieces.settle(&d.report)
	switch {
	case len(d.pieces) > 0:
		return step
	case len(d.suspects) > 0: // refused one by one, and nothing passed
		d.giveWay()
		return StepRefused
	}
	return StepDone
}

// Doubt says that the store refuses other batches too: a refusal is answered with
// StepRefused and not with a search, until something passes or Trust is called.
func (d *Delivery) Doubt() {
	if !d.trusted {
		d.stuck = true
	}
}

// Trust says that the store takes other batches: what it refuses of this one is
// searched, again if need be.
func (d *Delivery) Trust() {
	if d.stuck {
		d.stuck = false
		d.budget = searchLength(d.Left())
	}
}

// Passed tells whether the store took something of the piece that was recorded
// last, or named what it does not take.
func (d *Delivery) Passed() bool { return d.passed }

// TooLarge tells whether the store took no part and called even single points too
// large.
func (d *Delivery) TooLarge() bool { return d.stuck && d.verdict == wire.Halve }

// Halve splits the next piece, where it has more than one point.
func (d *Delivery) Halve() {
	if len(d.pieces) > 0 && d.pieces.top().Points > 1 {
		d.pieces.split(false, &d.report)
		d.pieces.settle(&d.report)
	}
}

// TryAnother lets another part of the batch be put next: the other half of the next
// piece, or what is behind it.
func (d *Delivery) TryAnother() {
	d.Halve()
	if len(d.pieces) > 1 {
		d.pieces.rotate()
	}
}

// Bisect says that other batches pass where this one meets 500 again and again.
// It is cut down to the points at fault; a point that meets ten more is given
// up.
func (d *Delivery) Bisect() {
	if len(d.pieces) == 0 || d.poison {
		return
	}
	d.poison, d.trusted = true, true
	d.pieces.top().failed = d.pieces.top().Points > 1
	d.budget = searchLength(d.Left())
	d.pieces.settle(&d.report)
}

// Reject gives up what is left.
func (d *Delivery) Reject(reason encoding.Reason) {
	d.report.drop(reason, d.Left())
	d.pieces, d.suspects = nil, nil
}

// explainRefusal says what it may be where no part of a batch passes.
func explainRefusal(v wire.Verdict, cause error) error {
	switch v {
	case wire.Bisect:
		return fmt.Errorf("%w: every part of the batch is refused: check the endpoint and the compression (WithCompression, APPTUIT_COMPRESSION)", cause)
	case wire.Halve:
		return fmt.Errorf("%w: even a single point is refused as too large: check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT) and the limits of what stands before the store", cause)
	}
	return cause
}

// Report returns what became of the points so far, never nil: what is left
// counts as unsent, because of cause.
func (d *Delivery) Report(cause error) *Report {
	report := d.report.clone()
	left := d.Left()
	if left == 0 {
		return report
	}
	if cause != nil && d.stuck {
		cause = explainRefusal(d.verdict, cause)
	}
	report.Unsent, report.Err, report.Status = left, cause, d.status
	return report
}
