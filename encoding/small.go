package encoding

// smallBody is up to how many points a body is written smaller by a compressor
// that looks at the text: what points have in common must have been written
// before it can be copied, and in the first points little has.
const smallBody = 256

// A sizedSink writes small bodies by way of one sink and all others by way of
// another. It holds the first points until it knows.
type sizedSink struct {
	small   *stage
	large   *pointWriter
	held    []heldPoint
	isLarge bool // the points held were given to large

	at    stamp  // of the point that is given on
	value []byte // of the point that is held
}

type heldPoint struct {
	series *Series
	ticks  int64
	value  Value
}

func (s *sizedSink) headLen(series *Series) int {
	if s.isLarge {
		return s.large.headLen(series)
	}
	return series.headLen()
}

func (s *sizedSink) add(series *Series, at *stamp, v Value) int {
	if s.isLarge {
		return s.large.add(series, at, v)
	}
	if len(s.held) == smallBody {
		s.give(s.large)
		s.isLarge = true
		return s.large.add(series, at, v)
	}
	s.held = append(s.held, heldPoint{series, at.ticks, v})
	s.value = appendValue(s.value[:0], v)
	return len(",") + len(series.head) + len(at.text) + len(s.value) + len("}")
}

// give gives the points held to one of the two.
func (s *sizedSink) give(to pointSink) {
	for _, p := range s.held {
		s.at.set(p.ticks)
		to.add(p.series, &s.at, p.value)
	}
	clear(s.held) // a series may be gone before the next round
	s.held = s.held[:0]
}

func (s *sizedSink) close() []byte {
	if s.isLarge {
		s.isLarge = false
		return s.large.close()
	}
	s.give(s.small)
	return s.small.close()
}

func (s *sizedSink) endRound() { s.large.endRound() }
