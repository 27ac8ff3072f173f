package delivery

import (
	"net/http"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// maxTries is how many 500s a single point may meet once the batch is known to
// be what the store trips over.
const maxTries = 10

// After so many in a row a piece is halved: time-outs before the request was
// written, and connections reset while or after a large body was written.
const (
	maxTimeouts = 2
	maxResets   = 3
	largeBody   = 16 << 10
)

// maxCopies is how often points are sent again that have been counted.
const maxCopies = 3

// note keeps what does not depend on the verdict.
func (d *Delivery) note(o wire.Outcome) {
	d.status, d.verdict, d.passed, d.halved = o.Status, o.Verdict, false, false
	if o.Status != 0 {
		d.again = false
	}
	d.timeouts = inARow(d.timeouts, o.Timeout && o.Connected && !o.Wrote)
	d.resets = inARow(d.resets, !o.Timeout && o.Connected && o.Status == 0 && o.Bytes > largeBody)
}

func inARow(n int, again bool) int {
	if again {
		return n + 1
	}
	return 0
}

// seemsTooLarge tells whether it seems that the piece is too large for a network or a
// server that does not say so: again and again it is not written in time, or the
// connection is reset.
func (d *Delivery) seemsTooLarge() bool { return d.timeouts >= maxTimeouts || d.resets >= maxResets }

func (d *Delivery) judge(o wire.Outcome) Step {
	if d.top().copied > 0 && o.Verdict != wire.Delivered && o.Verdict != wire.Retry && o.Verdict != wire.Hold {
		d.pop() // its points have been counted
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
	p := d.pop()
	if p.copied == 0 {
		failed := min(max(o.Failed, 0), p.Points)
		d.report.Stored += p.Points - failed
		d.giveUp(wire.ErrRejected, failed, o, o.Rejected...)
	}
	if p.paired {
		d.top().failed = d.top().Points > 1
	}
	d.trust()
	d.copyFirst(p, o.Unsure)
	return StepProceed
}

// copyFirst sends the first n points of a piece again, which have been counted. A
// copy is copied some times at most: a store may say the same of it without end.
func (d *Delivery) copyFirst(p piece, n int) {
	if n <= 0 || n >= p.Points || p.copied == maxCopies {
		return
	}
	first, err := p.Filter(func(i int, _ []byte) bool { return i < n })
	if err == nil {
		d.push(piece{Batch: first, copied: p.copied + 1})
	}
}

// unsendable gives up what the wire cannot send: nothing was sent, and that says
// nothing of the store.
func (d *Delivery) unsendable(o wire.Outcome) Step {
	rest, err := without(d.top().Batch, o.Rejected)
	if err != nil || o.Verdict != wire.DropListed {
		d.Reject(wire.ErrUnreadable)
		return StepDone
	}
	d.top().Batch = rest
	for _, r := range o.Rejected {
		d.report.drop(r.Code, 1, r)
	}
	return d.next(StepProceed)
}

// dropListed gives up the points that the store named and keeps those of them
// that may pass later. A list that is not of points in the piece says nothing.
func (d *Delivery) dropListed(o wire.Outcome) Step {
	again, err := transient(d.top().Batch, o.Rejected)
	if err != nil {
		return d.refused(o)
	}
	p := d.pop()
	d.report.Stored += p.Points - len(o.Rejected)
	d.giveUp(wire.ErrRejected, len(o.Rejected)-again.Points, o, permanent(o.Rejected)...)
	d.trust()
	if again.Points == 0 {
		return StepProceed
	}
	d.push(piece{Batch: again})
	return StepWait
}

// tooLarge halves a piece. Where nothing passes, not even single points, it is
// not their size.
func (d *Delivery) tooLarge(o wire.Outcome) Step {
	switch {
	case d.stuck:
		d.rotate()
		return StepRefused
	case d.top().Points > 1:
		d.split(false)
		return d.spend()
	}
	d.top().cause = o
	d.setAside()
	return d.spend()
}

func (d *Delivery) retry(o wire.Outcome) Step {
	if d.poison && o.Status == http.StatusInternalServerError {
		return d.tripped(o)
	}
	if o.Stale() && !d.again {
		d.again = true
		return StepProceed
	}
	if d.seemsTooLarge() {
		d.timeouts, d.resets = 0, 0
		d.halved = d.top().Points > 1
		d.Halve()
	}
	return StepWait
}

// tripped lets the other pieces pass a point that meets another 500.
func (d *Delivery) tripped(o wire.Outcome) Step {
	p := d.top()
	p.tries++
	if p.Points > 1 || p.tries >= maxTries {
		return d.refused(o)
	}
	d.rotate()
	return StepWait
}

func (d *Delivery) giveUp(reason encoding.Reason, n int, o wire.Outcome, points ...wire.Rejected) {
	if n == 0 {
		return
	}
	d.report.drop(reason, n, points...)
	d.report.Err, d.report.Status = o.Err, o.Status
}
