package delivery

import (
	"math"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

// refused cuts a piece that the store does not take and does not say why. Both
// halves are tried before either is cut: where one passes, the fault is known to
// lie with points.
func (d *Delivery) refused(o wire.Outcome) Step {
	if d.stuck {
		d.pieces.rotate()
		return StepRefused
	}
	d.pieces.top().cause = o
	switch alone := d.pieces.top().Points <= 1; {
	case !alone:
		d.pieces.top().failed = true
		d.pieces.otherHalfFirst()
	case d.trusted:
		d.report.dropPiece(d.pieces.pop())
		d.budget = searchLength(d.Left())
	default:
		d.suspects = append(d.suspects, d.pieces.pop())
	}
	return d.spend()
}

// spend counts a refusal, and ends a search that found nothing.
func (d *Delivery) spend() Step {
	if d.budget--; d.budget <= 0 {
		d.giveWay()
		return StepRefused
	}
	if d.burst--; d.burst <= 0 {
		d.burst = searchLength(d.Left()) // enough to find a point
		return StepPause
	}
	return StepProceed
}

// trust is called when the store took something: what it refused alone before
// that is dropped, and the search goes on.
func (d *Delivery) trust() {
	d.trusted, d.stuck, d.passed = true, false, true
	for _, p := range d.suspects {
		d.report.dropPiece(p)
	}
	d.suspects = nil
	d.budget = searchLength(d.Left())
}

// searchLength bounds the requests that find one point among n: 2·log2(n)+2.
func searchLength(n int) int { return int(2*math.Log2(float64(max(n, 1)))) + 2 }

// giveWay ends a search that found nothing to be good: what is left is kept as
// it is, and tried again part by part.
func (d *Delivery) giveWay() {
	d.stuck = true
	d.pieces = append(d.suspects, d.pieces...)
	d.suspects = nil
	for i := range d.pieces {
		d.pieces[i].failed, d.pieces[i].paired = false, false
	}
}
