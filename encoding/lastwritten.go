package encoding

import (
	"slices"

	"github.com/apptuitai/apptuit-go/internal/deflate"
)

// A lastWritten is where the pieces of a layout were written last.
type lastWritten struct {
	*layout
	round uint32   // in which it was last written
	tags  *TagSet  // the last of it
	pos   position // where tags stand
	parts []lastPiece
}

// A lastPiece is a piece of a layout, and the value behind it.
type lastPiece struct {
	piece   string
	at      int         // where it stands, from the tags' pos
	values  []lastValue // the numbered ones
	fresh   string      // the last value that was not in reach
	freshOf *TagSet     // and the set that has it
}

// A lastValue remembers where a value was written last.
type lastValue struct {
	string
	pos position
}

// begin begins with a layout, in the memory of another one.
func (s *lastWritten) begin(l *layout) {
	parts := slices.Grow(s.parts[:0], len(l.pieces))[:len(l.pieces)]
	*s = lastWritten{layout: l, pos: -deflate.Window - 1, parts: parts}
	for i, p := range l.pieces {
		parts[i].piece = p.string
	}
}

// end lets go of the layout, and keeps its memory where that is not much.
func (s *lastWritten) end() {
	for i, part := range s.parts {
		if cap(part.values) > 32 {
			part.values = nil
		}
		clear(part.values)
		s.parts[i] = lastPiece{values: part.values[:0]}
	}
	s.layout, s.tags = nil, nil
}

// value returns a numbered value of a slot.
func (s *lastWritten) value(slot int, n uint8) *lastValue {
	if values := s.parts[slot].values; int(n) < len(values) && values[n].string != "" {
		return &values[n]
	}
	return s.newValue(slot, n)
}

func (s *lastWritten) newValue(slot int, n uint8) *lastValue {
	part := &s.parts[slot]
	if int(n) >= len(part.values) {
		part.values = append(part.values, make([]lastValue, int(n)+1-len(part.values))...)
	}
	p := &part.values[n]
	if p.string == "" {
		*p = lastValue{s.slots[slot].text(n).string, -deflate.Window - 1}
	}
	return p
}

// addTags writes a set of tags. Where the last one of its layout is the same, all
// of it is copied.
func (w *pointWriter) addTags(t *TagSet) {
	s := w.layouts.of(t.layout)
	if distance := w.pos.from(s.pos); t == s.tags && distance <= deflate.Window {
		w.w.Match(distance, t.size)
	} else {
		w.addOther(s, t)
		s.tags = t
	}
	s.pos, w.tagsPos = w.pos, w.pos
	w.pos += position(t.size)
}

// addOther writes a set that is not the last one of its layout. A value in reach
// is copied with the piece behind it; of all else what the last set has is
// copied from there.
func (w *pointWriter) addOther(s *lastWritten, t *TagSet) {
	last := s.tags
	if w.pos.from(s.pos)+t.size > deflate.Window {
		last = nil
	}
	pos, rest := w.pos, t.values
	copied := false // the piece at hand is
	for i := range s.parts {
		part := &s.parts[i]
		back := pos.from(s.pos) - part.at // how far the last set has it
		part.at = int(pos - w.pos)
		switch {
		case copied:
		case last != nil:
			w.w.Match(back, len(part.piece))
		default:
			w.w.Literals([]byte(part.piece))
		}
		pos += position(len(part.piece))
		if rest == "" {
			return
		}
		next := len(s.parts[i+1].piece)
		var v string
		if n := rest[0]; n != unnumbered {
			rest = rest[1:]
			p := s.value(i, n)
			v = p.string
			distance := pos.from(p.pos)
			p.pos = pos
			copied = distance <= deflate.Window && (len(v)+next >= minCopy || distance == w.w.Distance())
			if copied {
				w.w.Match(distance, len(v)+next)
				pos += position(len(v))
				continue
			}
		} else {
			v, rest = cutSized(rest[1:])
			copied = false
		}
		w.addNew(s, last, i, v, back, pos)
		part.fresh, part.freshOf = v, t
		pos += position(len(v))
	}
}

// addNew writes the value of a slot that is not in reach, at pos. What it begins
// with as the last set's value does makes the copy before it longer, which goes
// back so far; and what it ends with the copy behind it, of the next piece.
func (w *pointWriter) addNew(s *lastWritten, last *TagSet, slot int, v string, back int, pos position) {
	if last == nil {
		w.w.Literals([]byte(v))
		return
	}
	part, next := &s.parts[slot], &s.parts[slot+1]
	like, same := part.fresh, 0
	if part.freshOf != last {
		like = last.value(slot)
	}
	if n := commonPrefix(v, like); n >= 2*minCopy || back == w.w.Distance() {
		same = n
		w.w.Match(back, same)
	}
	suffix := commonSuffix(v[same:], like[same:])
	if suffix+len(next.piece) < minCopy {
		suffix = 0
	}
	if n := len(v) - suffix; n > same {
		w.w.Literals([]byte(v[same:n]))
	}
	if suffix > 0 {
		w.w.Match(pos.from(s.pos)+len(v)-next.at, suffix)
	}
}
