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

// pieces are what is to be sent; the last is next.
type pieces []piece

func (s pieces) top() *piece { return &s[len(s)-1] }

func (s *pieces) push(p piece) { *s = append(*s, p) }

func (s *pieces) pop() piece {
	last := len(*s) - 1
	p := (*s)[last]
	(*s)[last] = piece{} // let go of its body
	*s = (*s)[:last]
	return p
}

// settle makes the last piece one to be sent. The report is of what is given up for
// that.
func (s *pieces) settle(report *Report) {
	for len(*s) > 0 {
		switch p := s.top(); {
		case p.Points <= 0:
			s.pop()
		case p.failed:
			s.split(true, report)
		default:
			return
		}
	}
}

// split replaces the last piece by its halves.
func (s *pieces) split(paired bool, report *Report) {
	p := s.pop()
	first, second, err := p.Split()
	switch {
	case err == nil:
		s.push(piece{Batch: second, copied: p.copied})
		s.push(piece{Batch: first, paired: paired, copied: p.copied})
	case p.copied == 0:
		report.giveUp(wire.ErrUnreadable, p.Points, wire.Outcome{Err: wire.Foreign(err)})
	}
}

// otherHalfFirst lets the other half of a pair be sent before the last piece.
func (s pieces) otherHalfFirst() {
	if !s.top().paired {
		return
	}
	s.top().paired = false
	a, b := len(s)-1, len(s)-2
	s[a], s[b] = s[b], s[a]
}

// rotate sends all other pieces before the last one comes again.
func (s pieces) rotate() {
	p := *s.top()
	p.paired = false
	copy(s[1:], s)
	s[0] = p
}

// maxTries is how many 500s a single point may meet once the batch is known to
// be what the store trips over.
const maxTries = 10

// tripped notes that the last piece met another 500, and tells whether it is refused
// now. A single point lets the other pieces pass first.
func (s pieces) tripped() (refused bool) {
	p := s.top()
	p.tries++
	if p.Points > 1 || p.tries >= maxTries {
		return true
	}
	s.rotate()
	return false
}

// maxCopies is how often points are sent again that have been counted.
const maxCopies = 3

// copyFirst sends the first n points of a piece again, which have been counted. A
// copy is copied some times at most: a store may say the same of it without end.
func (s *pieces) copyFirst(p piece, n int) {
	if n <= 0 || n >= p.Points || p.copied == maxCopies {
		return
	}
	first, err := p.Filter(func(i int, _ []byte) bool { return i < n })
	if err == nil {
		s.push(piece{Batch: first, copied: p.copied + 1})
	}
}
