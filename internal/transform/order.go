package transform

import "go.opentelemetry.io/otel/attribute"

// An order is how the entries of an instrument follow each other. It is the same
// from collection to collection until one comes or goes.
type order struct {
	old, new []*entry
	at       int  // the entry of old that should come next
	differs  bool // new is being written
}

// lookAhead is how many entries may have left, side by side, for the order to be
// found again without a map.
const lookAhead = 8

// next returns the entry of a key where it is the one that is expected, or those
// before it have left; else nil.
func (o *order) next(key attribute.Distinct) *entry {
	for i := o.at; i < len(o.old) && i < o.at+lookAhead; i++ {
		e := o.old[i]
		if e.key != key {
			continue
		}
		if i > o.at {
			o.diverge()
		}
		o.at = i + 1
		if o.differs {
			o.new = append(o.new, e)
		}
		return e
	}
	return nil
}

// insert puts an entry before the one that is expected.
func (o *order) insert(e *entry) {
	o.diverge()
	o.new = append(o.new, e)
}

// diverge begins the order of this collection with what it has in common with
// the last.
func (o *order) diverge() {
	if !o.differs {
		o.differs = true
		o.new = append(o.new[:0], o.old[:o.at]...)
	}
}

// end makes the order of this collection the one that is expected, and calls
// left with the entries of the last, where they are not the same.
func (o *order) end(left func(*entry)) {
	if o.at < len(o.old) {
		o.diverge()
	}
	if o.differs {
		for _, e := range o.old {
			left(e)
		}
		clear(o.old) // it may be the last to hold an entry that is forgotten
		o.old, o.new = o.new, o.old[:0]
		if cap(o.new) > 4*len(o.old)+1024 {
			o.new = nil // a burst is not to be paid for ever
		}
	}
	o.at, o.differs = 0, false
}
