package encoding

// smallBody is up to how many points a body is written smaller by a compressor
// that looks at the text: what points have in common must have been written
// before it can be copied, and in the first points little has.
const smallBody = 256

// A sizedSink writes small bodies by way of one sink and all others by way of
// another. It holds the first points until it knows, but for a body that was large
// in the last round: it mostly is again.
type sizedSink struct {
	small   *stage
	large   *pointWriter
	held    []heldPoint
	isLarge bool // the points held were given to large
	tried   bool // large has written a body

	body   int    // its number in the round
	larges []bool // by number: the body was large when it was last written

	at    stamp  // of the point that is given on
	value number // of the point that is held
}

type heldPoint struct {
	series *Series
	ticks  int64
	value  Value
}

func (s *sizedSink) direct() *pointWriter {
	if s.isLarge {
		return s.large
	}
	return nil
}

func (s *sizedSink) add(series *Series, at *stamp, v Value) int {
	if len(s.held) == smallBody {
		s.giveLarge()
		return s.large.add(series, at, v)
	}
	if len(s.held) == 0 && s.body < len(s.larges) && s.larges[s.body] {
		s.isLarge = true
		return s.large.add(series, at, v)
	}
	s.held = append(s.held, heldPoint{series, at.ticks, v})
	s.value.set(v)
	return pointSize(series, at, s.value.n)
}

// giveLarge gives the points held to large. Of its first body it writes them
// twice: its code is made from a body before, and there is none.
func (s *sizedSink) giveLarge() {
	if !s.tried {
		s.tried = true
		s.write(s.large)
		s.large.close(exactly)
		s.large.body = 0
	}
	s.write(s.large)
	s.forget()
	s.isLarge = true
}

func (s *sizedSink) write(to pointSink) {
	for _, p := range s.held {
		s.at.set(p.ticks)
		to.add(p.series, &s.at, p.value)
	}
}

// forget lets go of the points held: a series may be gone before the next round.
func (s *sizedSink) forget() {
	clear(s.held)
	s.held = s.held[:0]
}

func (s *sizedSink) close(room func(size int) []byte) []byte {
	s.note(s.isLarge && s.large.points > smallBody)
	if s.isLarge {
		s.isLarge = false
		return s.large.close(room)
	}
	s.write(s.small)
	s.forget()
	return s.small.close(room)
}

// note notes whether the body at hand is large, and that it ends.
func (s *sizedSink) note(large bool) {
	if s.body == len(s.larges) {
		s.larges = append(s.larges, large)
	}
	s.larges[s.body] = large
	s.body++
}

func (s *sizedSink) endRound() {
	s.body = 0
	s.large.endRound()
}
