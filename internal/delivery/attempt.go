package delivery

import (
	"context"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// Attempt puts the next piece of a delivery, cut down to what fits, and records
// what came of it. Who calls it again does the waiting.
func Attempt(ctx context.Context, w wire.Wire, d *Delivery) (wire.Outcome, Step) {
	piece, ok := fitting(w, d)
	if !ok {
		return wire.Outcome{Verdict: wire.Delivered, NoRequest: true}, StepDone
	}
	o := w.Put(ctx, piece)
	step := d.Record(o)
	switch {
	case d.halved: // the network or the server did not take it whole
		w.Suspect(piece)
	case step == StepRefused && o.Verdict == wire.Halve:
		w.ForgetLimit() // it was not the size
	}
	return o, step
}

// fitting returns a piece that fits what is known of the store.
func fitting(w wire.Wire, d *Delivery) (encoding.Batch, bool) {
	for {
		piece, ok := d.Next()
		if !ok || w.Fits(piece) {
			return piece, ok
		}
		d.Halve()
	}
}
