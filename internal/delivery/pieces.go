package delivery

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// A piece is a part of the batch of a [Delivery].
type piece struct {
	encoding.Batch
	failed bool         // refused, or known to be: it is cut, not sent
	paired bool         // below it lies the other half of a refused piece, unsent
	copied int          // how often its points were sent before; they have been counted then
	tries  int          // 500s met
	cause  wire.Outcome // why it was refused
}

func (d *Delivery) top() *piece { return &d.pieces[len(d.pieces)-1] }

func (d *Delivery) push(p piece) { d.pieces = append(d.pieces, p) }

func (d *Delivery) pop() piece {
	last := len(d.pieces) - 1
	p := d.pieces[last]
	d.pieces[last] = piece{} // let go of its body
	d.pieces = d.pieces[:last]
	return p
}

// settle makes the last piece one to be sent.
func (d *Delivery) settle() {
	for len(d.pieces) > 0 {
		switch p := d.top(); {
		case p.Points <= 0:
			d.pop()
		case p.failed:
			d.split(true)
		default:
			return
		}
	}
}

// split replaces the last piece by its halves.
func (d *Delivery) split(paired bool) {
	p := d.pop()
	first, second, err := p.Split()
	switch {
	case err == nil:
		d.push(piece{Batch: second, copied: p.copied})
		d.push(piece{Batch: first, paired: paired, copied: p.copied})
	case p.copied == 0:
		d.giveUp(wire.ErrUnreadable, p.Points, wire.Outcome{Err: wire.Foreign(err)})
	}
}

// otherHalfFirst lets the other half of a pair be sent before the last piece.
func (d *Delivery) otherHalfFirst() {
	if !d.top().paired {
		return
	}
	d.top().paired = false
	a, b := len(d.pieces)-1, len(d.pieces)-2
	d.pieces[a], d.pieces[b] = d.pieces[b], d.pieces[a]
}

// rotate sends all other pieces before the last one comes again.
func (d *Delivery) rotate() {
	p := d.pop()
	p.paired = false
	d.pieces = append([]piece{p}, d.pieces...)
}
