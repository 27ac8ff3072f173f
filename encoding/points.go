package encoding

import "github.com/apptuitai/apptuit-go/internal/deflate"

// A pointWriter compresses points by what is known of them: but for its value,
// the text of a point mostly stands in the body already, and where that is was
// found out in an earlier round.
type pointWriter struct {
	format  deflate.Format
	w       *deflate.Writer
	ring    ring
	memory  memory
	planner planner
	pos     int // bytes of text in the body

	stamp    stamp // of the last point
	stampSum uint32
	stampPos int // where it stands

	// The values of the point at hand and of the one before. What follows a
	// value, and so its part of the checksum, is known when the next point comes.
	value, before []byte
}

// valueRoom holds the longest value and what follows it.
const valueRoom = maxValue + len("},")

func newPointWriter(f deflate.Format) *pointWriter {
	w := &pointWriter{format: f, w: deflate.NewWriter(f), value: make([]byte, 0, valueRoom), before: make([]byte, 0, valueRoom)}
	w.begin()
	return w
}

// begin begins a body: what was written before is out of reach.
func (w *pointWriter) begin() {
	w.ring.reset()
	w.memory.run = 0
	w.pos, w.stampPos = 0, -deflate.Window-1
}

func (w *pointWriter) headLen(s *Series) int {
	if p := w.memory.next(s); p != nil {
		return int(p.head)
	}
	return s.headLen()
}

func (w *pointWriter) add(s *Series, at *stamp, v Value) int {
	begin := w.pos
	w.separate()
	w.pos += len(",")
	head, old := w.addHead(s)
	w.ring.add(s, w.pos, old)
	w.pos += head
	w.addValue(v, w.addStamp(at))
	return w.pos - begin
}

// separate puts into the checksum what stands between the last head and this
// one. Its text is written with the head.
func (w *pointWriter) separate() {
	if w.ring.n == 0 {
		w.w.AddText([]byte{'['})
		return
	}
	w.value = append(w.value, "},"...)
	w.w.AddText(w.value)
}

// addHead writes the head as planned: in the last round, or now. It returns its
// length, and the place that the point had in the last round.
func (w *pointWriter) addHead(s *Series) (head, old int) {
	m := &w.memory
	if p := m.next(s); p != nil && w.holds(p) {
		old = m.at
		w.write(m.old.partsOf(p), m.old.literalsOf(p))
		w.w.AddSum(p.sum, int(p.head))
		m.follow(p)
		return int(p.head), old
	}
	return len(s.head), w.addChanged(s)
}

// addChanged writes a head that the last round did not have, or not behind the
// same points.
func (w *pointWriter) addChanged(s *Series) (old int) {
	m := &w.memory
	if len(s.head) > maxHead {
		return w.addLargeHead(s)
	}
	p := m.find(s)
	if p == nil {
		w.planner.plan(&w.ring, s, w.pos)
		w.addPlanned(s, w.format.Sum(s.head))
		return none
	}
	old = m.at
	if p.depth == 0 || !w.planner.rebase(&w.ring, s, w.pos, old, m.old.partsOf(p), m.old.literalsOf(p)) {
		w.planner.plan(&w.ring, s, w.pos)
	}
	w.addPlanned(s, p.sum)
	m.pass()
	return old
}

// addPlanned writes the head as planned just now.
func (w *pointWriter) addPlanned(s *Series, sum uint32) {
	parts, literals := w.planner.parts, w.planner.literals
	w.write(parts, literals)
	w.w.AddSum(sum, len(s.head))
	w.memory.note(s, plan{sum: sum, depth: uint16(w.planner.depth), head: uint16(len(s.head))}, parts, literals)
}

// addLargeHead writes a head that is too long to be copied.
func (w *pointWriter) addLargeHead(s *Series) int {
	w.memory.run = 0
	w.write(nil, s.head)
	w.w.AddSum(w.format.Sum(s.head), len(s.head))
	return none
}

// holds reports whether a plan holds as it is: the points before are those it
// was made for, and in reach. One that copies nothing is for the first point of
// a body.
func (w *pointWriter) holds(p *plan) bool {
	depth := int(p.depth)
	if depth == 0 {
		return w.ring.n == 0
	}
	return depth <= w.memory.run && w.ring.reaches(depth, w.pos+int(p.head))
}

// write writes a head, and the separator before it. That is the same before all
// heads but the first of a body, and copied along with the head.
func (w *pointWriter) write(parts []part, literals []byte) {
	switch {
	case w.ring.n == 0:
		w.w.Literals([]byte{'['})
	case len(parts) > 0 && parts[0].literals == 0 && int(parts[0].back) < w.ring.n:
		w.w.Match(w.distance(&parts[0]), len("},"))
	default:
		w.w.Literals([]byte("},"))
	}
	for i := range parts {
		p := &parts[i]
		if n := int(p.literals); n > 0 {
			w.w.Literals(literals[:n])
			literals = literals[n:]
		}
		w.w.Match(w.distance(p), int(p.length))
	}
	if len(literals) > 0 {
		w.w.Literals(literals)
	}
}

// distance returns how far back a part copies from.
func (w *pointWriter) distance(p *part) int {
	return w.pos - w.ring.back(int(p.back)).pos + int(p.shift)
}

// addStamp writes the time. It returns the distance at which what follows it can
// be copied along with it from the point before, 0 where it cannot.
func (w *pointWriter) addStamp(at *stamp) (distance int) {
	distance = w.pos - w.stampPos
	w.stampPos = w.pos
	w.pos += len(at.text)
	switch {
	case distance > deflate.Window:
		distance = 0
		w.w.Literals(at.text)
	case at.ticks == w.stamp.ticks:
		w.w.Match(distance, len(at.text))
	default:
		distance = w.copyStamp(at.text, distance)
	}
	if at.ticks != w.stamp.ticks {
		w.stamp.ticks, w.stamp.text = at.ticks, append(w.stamp.text[:0], at.text...)
		w.stampSum = w.format.Sum(at.text)
	}
	w.w.AddSum(w.stampSum, len(at.text))
	return distance
}

// copyStamp copies what a time has in common with the one before it: its first
// digits, and what stands behind it.
func (w *pointWriter) copyStamp(text []byte, distance int) int {
	const end = len(`,"value":`)
	same := commonPrefix(text, w.stamp.text)
	if same < deflate.MinMatch || len(text) != len(w.stamp.text) {
		w.w.Literals(text)
		return 0
	}
	w.w.Match(distance, same)
	w.w.Literals(text[same : len(text)-end])
	w.w.Match(distance, end)
	return distance
}

// addValue writes the value. What it begins with as the value before it does is
// copied too: that makes the copy before it longer, and costs nothing.
func (w *pointWriter) addValue(v Value, distance int) {
	w.value, w.before = appendValue(w.before[:0], v), w.value
	w.pos += len(w.value) + len("}")
	same := 0
	if distance > 0 {
		same = commonPrefix(w.value, w.before)
		w.w.Match(distance, same)
	}
	if same < len(w.value) {
		w.w.Literals(w.value[same:])
	}
}

// close returns the body and begins the next.
func (w *pointWriter) close() []byte {
	end := "}]"
	if w.ring.n == 0 {
		end = "[]"
		w.value = w.value[:0]
	}
	w.w.Literals([]byte(end))
	w.value = append(w.value, end...)
	w.w.AddText(w.value)
	w.begin()
	return w.w.Close()
}

func (w *pointWriter) endRound() { w.memory.endRound() }
