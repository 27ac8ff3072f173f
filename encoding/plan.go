package encoding

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A part of a plan is some new text, and then text copied from a point before.
type part struct {
	literals uint16 // bytes of new text
	length   uint16 // bytes copied
	shift    int16  // offset in the head less the offset in the head copied from
	back     uint8  // how many points before
}

// minCopy is the length from which a copy that has to be told is smaller than
// its text.
const minCopy = 4

// maxHead bounds the heads that are copied from and to: their offsets fit in
// part's fields.
const maxHead = 1<<15 - 1

// A planner finds out how the head of a point is best copied from the points
// before it. Its result is valid until it makes the next.
type planner struct {
	parts    []part
	literals []byte // the new text of all parts, and what follows the last
	depth    int    // how far back it reaches, in points

	head    []byte
	at      int // how much of head is planned
	pending int // literals since the last part
}

// A source is where text is being copied from.
type source struct {
	head []byte
	back int
	at   int // what follows the text copied last
}

// plan plans the head of s, which is to begin at pos of the text.
//
// The head is walked segment by segment beside that of the last point: both
// have their tags sorted by key. What follows the text copied last comes first,
// for it makes that copy longer; then the same tag of the last point; then the
// same segment of any point in reach; then what the values of the two tags have
// in common.
func (p *planner) plan(r *ring, s *Series, pos int) {
	*p = planner{parts: p.parts[:0], literals: p.literals[:0], head: s.head}
	end := pos + len(s.head)
	if s.marks == nil || !r.reaches(1, end) || r.back(1).series.marks == nil {
		p.literal(len(s.head))
		return
	}
	last := aligned{Series: r.back(1).series}
	from := source{head: last.head, back: 1}
	for _, m := range s.marks {
		text := s.head[p.at:m.end]
		if bytes.HasPrefix(from.head[from.at:], text) {
			p.copy(&from, len(text))
			continue
		}
		same, prefix := last.seek(text)
		begin, stop := last.segment()
		suffix := 0
		if same {
			suffix = commonSuffix(text[prefix:], last.head[begin+prefix:stop])
			last.i++
		}
		if len(text)-prefix-suffix >= minCopy {
			r.index()
			if k, at, ok := r.find(text, m.hash, end); ok {
				from = source{r.back(k).series.head, k, at}
				p.copy(&from, len(text))
				continue
			}
		}
		if same {
			from = source{last.head, 1, begin}
			p.copy(&from, prefix)
			p.literal(len(text) - prefix - suffix)
			from.at = stop - suffix
			p.copy(&from, suffix)
			continue
		}
		p.copy(&from, commonPrefix(text, from.head[from.at:]))
		p.literal(int(m.end) - p.at)
		from = source{last.head, 1, begin}
	}
	tail := len(s.head) - p.at
	from = source{last.head, 1, len(last.head) - tail}
	p.copy(&from, tail)
}

// rebase makes a plan of the last round fit this one, where points came or went
// between those it copies from. It reports whether all of them are in reach.
func (p *planner) rebase(r *ring, s *Series, pos, old int, parts []part, literals []byte) bool {
	*p = planner{parts: append(p.parts[:0], parts...), literals: append(p.literals[:0], literals...)}
	for i := range p.parts {
		k := r.since(old - int(p.parts[i].back))
		if k == 0 {
			return false
		}
		p.parts[i].back = uint8(k)
		p.depth = max(p.depth, k)
	}
	return r.reaches(p.depth, pos+len(s.head))
}

// copy takes the next n bytes from there.
func (p *planner) copy(from *source, n int) {
	if n == 0 {
		return
	}
	shift := int16(p.at - from.at)
	if last := p.last(); last != nil && int(last.back) == from.back && last.shift == shift {
		last.length += uint16(n)
	} else {
		p.dissolveShort()
		p.parts = append(p.parts, part{uint16(p.pending), uint16(n), shift, uint8(from.back)})
		p.pending = 0
		p.depth = max(p.depth, from.back)
	}
	p.at += n
	from.at += n
}

// literal writes the next n bytes as they are.
func (p *planner) literal(n int) {
	if n == 0 {
		return
	}
	p.dissolveShort()
	p.literals = append(p.literals, p.head[p.at:p.at+n]...)
	p.pending += n
	p.at += n
}

// last returns the part that ends at p.at, if there is one.
func (p *planner) last() *part {
	if p.pending > 0 || len(p.parts) == 0 {
		return nil
	}
	return &p.parts[len(p.parts)-1]
}

// dissolveShort makes literals of a last part that is too short to pay.
func (p *planner) dissolveShort() {
	last := p.last()
	if last == nil || last.length >= minCopy {
		return
	}
	n := int(last.length)
	p.pending = int(last.literals) + n
	p.literals = append(p.literals, p.head[p.at-n:p.at]...)
	p.parts = p.parts[:len(p.parts)-1]
}

// An aligned series is walked beside another one.
type aligned struct {
	*Series
	i int // the segment at hand
}

func (a *aligned) segment() (begin, end int) {
	if a.i == len(a.marks) {
		end = int(a.marks[a.i-1].end)
		return end, end
	}
	return a.begin(a.i), int(a.marks[a.i].end)
}

// seek passes the segments whose keys stand before text's. It reports whether
// the one at hand then has text's key, and how much of text both begin with.
func (a *aligned) seek(text []byte) (same bool, prefix int) {
	for ; a.i < len(a.marks); a.i++ {
		begin, end := a.segment()
		other := a.head[begin:end]
		n := commonPrefix(text, other)
		if bytes.Contains(text[:n], []byte(`":"`)) {
			return true, n
		}
		if n == len(text) || n < len(other) && text[n] < other[n] {
			return false, n
		}
	}
	return false, 0
}

// commonPrefix returns how many bytes a and b begin with that are equal.
func commonPrefix(a, b []byte) int {
	most := min(len(a), len(b))
	n := 0
	for ; n+8 <= most; n += 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
	}
	for n < most && a[n] == b[n] {
		n++
	}
	return n
}

// commonSuffix returns how many bytes a and b end with that are equal.
func commonSuffix(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}
