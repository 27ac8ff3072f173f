package delivery

import (
	"net/http"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

// applyVerdict is the one place where a verdict becomes what happens to the piece.
func (d *Delivery) applyVerdict(o wire.Outcome) Step {
	if d.pieces.top().copied > 0 && o.Verdict != wire.Delivered && o.Verdict != wire.Retry && o.Verdict != wire.Hold {
		d.pieces.pop() // its points have been counted
		return StepProceed
	}
	switch o.Verdict {
	case wire.Delivered:
		return d.delivered(o)
	case wire.DropListed:
		return d.dropListed(o)
	case wire.Bisect:
		return d.refused(o)
	case wire.Halve:
		return d.tooLarge(o)
	case wire.Hold:
		return StepHold
	default:
		return d.retry(o)
	}
}

// delivered takes the piece off. Where it was half of a refused piece, the
// fault is in the other half, which is cut further without being sent.
func (d *Delivery) delivered(o wire.Outcome) Step {
	p := d.pieces.pop()
	if p.copied == 0 {
		failed := min(max(o.Failed, 0), p.Points)
		d.report.Stored += p.Points - failed
		d.report.giveUp(wire.ErrRejected, failed, o, o.Rejected...)
	}
	if p.paired {
		d.pieces.top().failed = d.pieces.top().Points > 1
	}
	d.trust()
	d.pieces.copyFirst(p, o.Unsure)
	return StepProceed
}

// unsendable gives up what the wire cannot send: nothing was sent, and that says
// nothing of the store.
func (d *Delivery) unsendable(o wire.Outcome) Step {
	rest, err := without(d.pieces.top().Batch, o.Rejected)
	if err != nil || o.Verdict != wire.DropListed {
		d.Reject(wire.ErrUnreadable)
		return StepDone
	}
	d.pieces.top().Batch = rest
	for _, r := range o.Rejected {
		d.report.drop(r.Code, 1, r)
	}
	return d.next(StepProceed)
}

// dropListed gives up the points that the store named and keeps those of them
// that may pass later. A list that is not of points in the piece says nothing.
func (d *Delivery) dropListed(o wire.Outcome) Step {
	again, err := transient(d.pieces.top().Batch, o.Rejected)
	if err != nil {
		return d.refused(o)
	}
	p := d.pieces.pop()
	d.report.Stored += p.Points - len(o.Rejected)
	d.report.giveUp(wire.ErrRejected, len(o.Rejected)-again.Points, o, permanent(o.Rejected)...)
	d.trust()
	if again.Points == 0 {
		return StepProceed
	}
	d.pieces.push(piece{Batch: again})
	return StepWait
}

// tooLarge halves a piece. Where nothing passes, not even single points, it is
// not their size.
func (d *Delivery) tooLarge(o wire.Outcome) Step {
	if !d.stuck && d.pieces.top().Points > 1 {
		d.pieces.split(false, &d.report)
		return d.spend()
	}
	return d.refused(o)
}

func (d *Delivery) retry(o wire.Outcome) Step {
	if d.poison && o.Status == http.StatusInternalServerError {
		if d.pieces.tripped() {
			return d.refused(o)
		}
		return StepWait
	}
	if o.Stale() && !d.again {
		d.again = true
		return StepProceed
	}
	if d.cut.seemsTooLarge() {
		d.cut, d.halved = cutShort{}, d.pieces.top().Points > 1
		d.Halve()
	}
	return StepWait
}
