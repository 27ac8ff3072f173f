package encoding

import (
	"bytes"

	"github.com/apptuitai/apptuit-go/internal/deflate"
)

// ringSize bounds how many points back a text is looked for: as many as the
// window of the format mostly holds. It is a power of two.
const ringSize = 64

// A written is a point of the body at hand.
type written struct {
	series *Series
	pos    int // where its head begins in the text
	old    int // its place in the script of the last round, or none
}

// none is the place of a point that the last round did not have.
const none = -1

// A ring knows the last points of a body, by their number.
type ring struct {
	points [ringSize]written
	n      int           // points of the body so far
	byOld  [ringSize]int // number of the point that had a place in the last round, by place

	// found says where a segment of a hash was last seen: the point's number,
	// and behind it the segment's. What it says may be wrong or old: a hit is
	// compared before it is used.
	found   [1 << 12]uint32
	indexed int // points before this one are in found
}

const (
	segmentBits = 8
	maxSegments = 1 << segmentBits
)

func (r *ring) reset() { r.n, r.indexed = 0, 0 }

// back returns the point so many before the one to come, 1 is the last.
func (r *ring) back(k int) *written { return &r.points[(r.n-k)&(ringSize-1)] }

func (r *ring) add(s *Series, pos, old int) {
	r.points[r.n&(ringSize-1)] = written{s, pos, old}
	if old != none {
		r.byOld[old&(ringSize-1)] = r.n
	}
	r.n++
}

// since returns how many points back the one is that had a place in the last
// round, 0 where it is not in reach.
func (r *ring) since(old int) int {
	k := r.n - r.byOld[old&(ringSize-1)]
	if k <= 0 || k >= ringSize || k > r.n || r.back(k).old != old {
		return 0
	}
	return k
}

// reaches reports whether text that ends at end can be copied from that point.
func (r *ring) reaches(k, end int) bool {
	return k < ringSize && k <= r.n && end-r.back(k).pos <= deflate.Window
}

// index brings found up to date with the last points. In a steady state no one
// asks, and nothing is indexed.
func (r *ring) index() {
	const most = 24 // to look at a point costs time, for it may be in no cache
	for n := max(r.indexed, r.n-most); n < r.n; n++ {
		for i, m := range r.points[n&(ringSize-1)].series.marks {
			r.found[m.hash%uint16(len(r.found))] = uint32(n)<<segmentBits | uint32(i)
		}
	}
	r.indexed = r.n
}

// find looks for a whole segment among the last points of the body, and returns
// how many points back it is and where it begins there.
func (r *ring) find(text []byte, hash uint16, end int) (k, at int, ok bool) {
	where := r.found[hash%uint16(len(r.found))]
	k = int((uint32(r.n)<<segmentBits - where&^(maxSegments-1)) >> segmentBits)
	if k == 0 || !r.reaches(k, end) {
		return 0, 0, false
	}
	s, i := r.back(k).series, int(where%maxSegments)
	if i >= len(s.marks) {
		return 0, 0, false
	}
	at = s.begin(i)
	return k, at, bytes.Equal(s.head[at:s.marks[i].end], text)
}
