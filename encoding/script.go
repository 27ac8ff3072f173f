package encoding

import "slices"

// The bounds of a script, and so of its memory. It takes about 80 bytes for a
// point; points behind a bound are planned anew in each round.
const (
	maxScript     = 1 << 20 // points
	maxScriptText = 1 << 28 // bytes of new text
)

// A script is how the heads of a round were written, point by point. Rounds are
// mostly alike, the same series in the same order: then the script of the last
// one is followed without a look at any head.
type script struct {
	series   []*Series
	plans    []plan
	parts    []part
	literals []byte
}

// A plan is how one head is written.
type plan struct {
	sum      uint32 // of the comma and the head
	parts    uint32 // where they begin in the script
	literals uint32 // the same
	nParts   uint16
	depth    uint16 // how many points before it the plan is made for
	nLiteral uint16
	head     uint16 // its length
}

func (s *script) partsOf(p *plan) []part {
	return s.parts[p.parts : int(p.parts)+int(p.nParts)]
}

func (s *script) literalsOf(p *plan) []byte {
	return s.literals[p.literals : int(p.literals)+int(p.nLiteral)]
}

// add appends the plan of a head.
func (s *script) add(series *Series, p plan, parts []part, literals []byte) {
	if len(s.plans) == maxScript || len(s.literals) > maxScriptText {
		return
	}
	p.parts, p.literals = uint32(len(s.parts)), uint32(len(s.literals))
	p.nParts, p.nLiteral = uint16(len(parts)), uint16(len(literals))
	s.series = append(s.series, series)
	s.plans = append(s.plans, p)
	s.parts = append(s.parts, parts...)
	s.literals = append(s.literals, literals...)
}

// begin makes the script a copy of the first n points of another.
func (s *script) begin(from *script, n int) {
	parts, literals := len(from.parts), len(from.literals)
	if n < len(from.plans) {
		parts, literals = int(from.plans[n].parts), int(from.plans[n].literals)
	}
	s.series = append(s.series[:0], from.series[:n]...)
	s.plans = append(s.plans[:0], from.plans[:n]...)
	s.parts = append(s.parts[:0], from.parts[:parts]...)
	s.literals = append(s.literals[:0], from.literals[:literals]...)
}

// forget empties the script. It keeps room for about n points: a burst is not
// to be paid for ever.
func (s *script) forget(n int) {
	if cap(s.plans) > 4*n+1024 {
		*s = script{}
	}
	clear(s.series) // they may be the last to hold a series that is gone
	s.series, s.plans, s.parts, s.literals = s.series[:0], s.plans[:0], s.parts[:0], s.literals[:0]
}

// lookAhead is how many points may have left, side by side, for the script to
// be found again.
const lookAhead = 128

// A memory holds the script of the last round, and from where this round
// differs it writes that of this one. What a round does not have is forgotten
// at its end.
type memory struct {
	old, new script
	at       int  // the point of old that should come next
	run      int  // points of this body that came just before it, as in old
	differs  bool // new is being written
}

// next returns the plan of a series where it is the one expected, else nil.
func (m *memory) next(s *Series) *plan {
	if m.at < len(m.old.series) && m.old.series[m.at] == s {
		return &m.old.plans[m.at]
	}
	return nil
}

// find looks for a series among those that are expected soon. Where it is there
// it is the next, and those before it are gone; else find returns nil.
func (m *memory) find(s *Series) *plan {
	near := m.old.series[m.at:min(m.at+lookAhead, len(m.old.series))]
	skip := slices.Index(near, s)
	if skip != 0 {
		m.run = 0
		m.diverge()
	}
	if skip < 0 {
		return nil
	}
	m.at += skip
	return &m.old.plans[m.at]
}

// pass goes behind the point that was expected.
func (m *memory) pass() {
	m.at++
	m.run++
}

// follow keeps the plan that was expected.
func (m *memory) follow(p *plan) {
	if m.differs {
		m.new.add(m.old.series[m.at], *p, m.old.partsOf(p), m.old.literalsOf(p))
	}
	m.pass()
}

// note keeps a new plan.
func (m *memory) note(s *Series, p plan, parts []part, literals []byte) {
	m.diverge()
	m.new.add(s, p, parts, literals)
}

// diverge begins the script of this round with what it has in common with the
// last.
func (m *memory) diverge() {
	if !m.differs {
		m.differs = true
		m.new.begin(&m.old, m.at)
	}
}

func (m *memory) endRound() {
	if !m.differs && m.at < len(m.old.plans) {
		m.diverge()
	}
	if m.differs {
		m.old, m.new = m.new, m.old
	}
	m.new.forget(len(m.old.plans))
	m.at, m.run, m.differs = 0, 0, false
}
