package encoding

import "github.com/apptuitai/apptuit-go/internal/deflate"

// A pointWriter compresses points by what is known of them: but for its value,
// the text of a point mostly stands in the body already, and its pieces know
// where. What a series shares with the last one is found by address; of a set of
// tags that differs from the last one, each value is looked up by where it was
// written last. No text is searched or hashed for it.
type pointWriter struct {
	w      *deflate.Writer
	pos    position // of the text of all bodies, with a window's gap between two
	points int      // of the body
	body   int      // its number in the round
	format deflate.Format

	// Of the last point: its name and where that stands, and where its tags do.
	name    *text
	namePos position
	tagsPos position
	values  lastNumbers

	part     *PartTag // the last one written
	partPos  position
	stampPos position
	stamp    stamp // the last one
	stampSum uint32
	timePos  position // from where on all stamps are like the last

	first   position // where the first name of the body stands; no separator precedes it
	layouts lastLayouts
	names   lastTexts // and parts
	room    []byte    // for text that is put into the checksum
}

// A position counts bytes of JSON since the first point. A process that runs for
// months writes more of them than 32 bits count.
type position int64

// from returns how far p is behind an earlier position: what is out of reach is
// [deflate.Window] and one more, however far it is.
func (p position) from(earlier position) int {
	return int(min(p-earlier, deflate.Window+1))
}

// minCopy is the length from which a copy that has to be told is smaller than
// its text.
const minCopy = 4

func newPointWriter(f deflate.Format) *pointWriter {
	w := &pointWriter{
		format:  f,
		w:       deflate.NewWriter(f),
		layouts: lastLayouts{known: map[*layout]*lastWritten{}},
	}
	w.begin()
	return w
}

// begin begins a body: what was written before is out of reach.
func (w *pointWriter) begin() {
	w.pos += deflate.Window + 1
	w.points = 0
}

func (w *pointWriter) direct() *pointWriter { return w }

func (w *pointWriter) add(s *Series, at *stamp, v Value) int {
	begin := w.pos
	value := w.values.of(w.points)
	value.set(v)
	if w.follows(s, at) {
		w.addNext(s.part, s.tags, at)
	} else {
		stamp := w.addHead(s)
		w.addValue(w.addStamp(at, stamp))
	}
	for i, n := 1, value.n-8; n > 0; i, n = i+1, n-8 {
		w.w.Number(value.words[i])
	}
	w.pos += position(value.n)
	w.addSums(s, at)
	w.points++
	return int(w.pos - begin)
}

// sameTags reports whether name and tags are those of the last point, and in
// reach with what stands before them.
func (w *pointWriter) sameTags(s *Series) bool {
	const partRoom = 8 // by which a part may be longer than the last one
	return s.name.text == w.name && w.layouts.last != nil && s.tags == w.layouts.last.tags &&
		w.namePos != w.first && w.pos.from(w.namePos) <= deflate.Window-partRoom
}

// pass goes behind name and tags that are those of the last point.
func (w *pointWriter) pass(t *TagSet) {
	w.namePos, w.tagsPos = w.pos, w.pos+position(len(w.name.string))
	w.layouts.last.pos = w.tagsPos
	w.pos = w.tagsPos + position(t.size)
}

// follows reports whether a point differs from the last one in nothing but the
// number in its part, and its value.
func (w *pointWriter) follows(s *Series, at *stamp) bool {
	p := s.part
	return p != nil && p.number > 0 && w.sameTags(s) && w.partPos == w.tagsPos+position(s.tags.size) &&
		p.key == w.part.key && at.ticks == w.stamp.ticks
}

// addNext writes a point that follows: it is what addHead, addStamp and addValue
// would write, in one step. Most points of histograms are written by it. The
// value of the part is copied with the stamp from where it was written last, or
// it is written out and what follows is copied from the last point.
func (w *pointWriter) addNext(p *PartTag, t *TagSet, at *stamp) {
	distance := w.pos.from(w.namePos)
	w.pass(t)
	head := len(w.name.string) + t.size + len(p.key.string)
	back := w.names.since(&p.text, w.pos)
	w.part, w.partPos = p, w.pos
	w.pos += position(len(p.text.string))
	stamp := w.pos.from(w.stampPos)
	w.stampPos = w.pos
	w.pos += position(len(at.text))
	value := w.values.of(w.points)
	if back <= deflate.Window && w.partPos-position(back) >= w.timePos {
		w.w.Numbers(distance, head, 0, back, int(w.pos-w.partPos)-len(p.key.string), value.words[0])
		return
	}
	same := value.samePrefix(w.values.of(w.points - 1))
	w.w.Numbers(distance, head, p.number, stamp, len(`"`)+len(at.text)+same, value.words[0]>>(8*same))
}

// addHead writes what stands before the time, but for a closing quote that is
// copied with it. It returns where a stamp stands that may follow.
func (w *pointWriter) addHead(s *Series) (stamp position) {
	if w.sameTags(s) {
		w.w.Match(w.pos.from(w.namePos), len(s.name.text.string)+s.tags.size)
		w.pass(s.tags)
	} else {
		w.addName(s.name.text)
		w.addTags(s.tags)
	}
	if s.part == nil {
		return w.stampPos
	}
	return w.addPart(s.part)
}

// addSums puts the point at hand into the checksum.
func (w *pointWriter) addSums(s *Series, at *stamp) {
	value := w.values.of(w.points)
	word, n := value.words[0], min(value.n, 8)
	if w.points > 0 && len(at.text) == stampSize {
		w.w.AddSumWord(w.format.Merge(s.sums[w.format], w.stampSum), s.size+stampSize, word, n)
	} else {
		w.room = append(s.appendHead(append(w.room[:0], w.separator()...)), at.text...)
		w.w.AddSumWord(w.format.Sum(w.room), len(w.room), word, n)
	}
	for i, n := 1, value.n-8; n > 0; i, n = i+1, n-8 {
		w.w.AddWord(value.words[i], min(n, 8))
	}
}

// separator returns what stands before the point at hand.
func (w *pointWriter) separator() string {
	if w.points == 0 {
		return "["
	}
	return separator
}

// addName writes the name, and the separator before it: that is the same before
// all but the first of a body, and copied along.
func (w *pointWriter) addName(n *text) {
	distance := w.pos.from(w.namePos)
	if n != w.name {
		distance = w.names.since(n, w.pos)
	}
	switch {
	case w.points == 0:
		w.first = w.pos
		w.w.Begin(w.body)
		w.w.Literals([]byte{'['})
		w.w.Literals([]byte(n.string[len(separator):]))
	case distance > deflate.Window:
		w.newName(n.string)
	default:
		w.copyName(distance, len(n.string))
	}
	w.name, w.namePos = n, w.pos
	w.pos += position(len(n.string))
}

// copyName copies n bytes of a name. Before the first no separator stands.
func (w *pointWriter) copyName(distance, n int) {
	if w.pos-position(distance) == w.first {
		w.w.Literals([]byte(separator))
		n -= len(separator)
	}
	w.w.Match(distance, n)
}

// newName writes a name that is not in reach: how names begin and end is.
func (w *pointWriter) newName(text string) {
	distance := w.pos.from(w.namePos)
	if distance > deflate.Window-len(text) {
		w.w.Literals([]byte(text))
		return
	}
	end := len(text) - len(nameEnd)
	same := min(commonPrefix(text, w.name.string), end)
	w.copyName(distance, same)
	w.w.Literals([]byte(text[same:end]))
	w.w.Match(w.pos.from(w.tagsPos)+len(text), len(nameEnd)) // it precedes all tags
}

// addPart writes the tag of a part. It is copied with the stamp from where it was
// written last; else a short number is written out, and its closing quote copied
// with the last stamp, for each has one before it. It returns where the stamp
// stands that is to follow.
func (w *pointWriter) addPart(p *PartTag) (stamp position) {
	distance, last := w.pos.from(w.partPos), w.part
	back := w.names.since(&p.text, w.pos)
	w.part, w.partPos = p, w.pos
	w.pos += position(len(p.text.string))
	quote := w.pos.from(w.stampPos)
	switch {
	case back <= deflate.Window:
		w.w.Match(back, len(p.text.string))
		if w.partPos-position(back) >= w.timePos {
			return w.pos - position(back)
		}
	case p.number > 0 && distance <= deflate.Window && quote <= deflate.Window && p.key == last.key:
		w.w.Match(distance, len(p.key.string))
		w.w.Number(p.number)
		w.w.Match(quote, len(`"`))
	default:
		w.w.Literals([]byte(p.text.string))
	}
	return w.stampPos
}

// addStamp writes the time, as far as it can by copying the stamp at from. It
// returns the distance at which the value of the point before can be copied along
// with it, 0 where it cannot.
func (w *pointWriter) addStamp(at *stamp, from position) (distance int) {
	distance = w.pos.from(from)
	last := from == w.stampPos
	w.stampPos = w.pos
	w.pos += position(len(at.text))
	if distance > deflate.Window || at.ticks != w.stamp.ticks {
		distance = w.addOtherStamp(at, distance)
	} else {
		w.w.Match(distance, len(at.text))
	}
	if !last {
		return 0
	}
	return distance
}

// addOtherStamp writes a time that is not the one of the point before, or not in
// reach.
func (w *pointWriter) addOtherStamp(at *stamp, distance int) int {
	if distance > deflate.Window {
		distance = 0
		w.w.Literals(at.text)
	} else {
		distance = w.copyStamp(at.text, distance)
	}
	if at.ticks != w.stamp.ticks {
		w.stamp.ticks, w.stamp.text = at.ticks, append(w.stamp.text[:0], at.text...)
		w.stampSum = w.format.Sum(at.text)
		w.timePos = w.stampPos
	}
	return distance
}

// copyStamp copies what a time has in common with the one before it: its first
// digits, and what stands around it.
func (w *pointWriter) copyStamp(text []byte, distance int) int {
	same := commonPrefix(text, w.stamp.text)
	w.w.Match(distance, same)
	if len(text) != len(w.stamp.text) {
		w.w.Literals(text[same:])
		return 0
	}
	w.w.Literals(text[same : len(text)-len(stampEnd)])
	w.w.Match(distance, len(stampEnd))
	return distance
}

// addValue writes the beginning of the value. What it has in common with the
// value before it is copied too: that makes the copy before it longer, and costs
// nothing.
func (w *pointWriter) addValue(distance int) {
	value, same := w.values.of(w.points), 0
	if distance > 0 {
		same = value.samePrefix(w.values.of(w.points - 1))
		w.w.Match(distance, same)
	}
	if x := value.words[0] >> (8 * same); x > 0 {
		w.w.Number(x)
	}
}

// close returns the body, which has a point, and begins the next.
func (w *pointWriter) close(room func(size int) []byte) []byte {
	end := []byte("}]")
	w.w.Literals(end)
	w.w.AddText(end)
	text := w.w.Close()
	body := append(room(len(text)), text...)
	w.body++
	w.begin()
	return body
}

func (w *pointWriter) endRound() {
	w.body = 0
	w.layouts.endRound()
}
