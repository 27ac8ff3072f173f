package encoding

// A firstSink holds the points of the first body, and writes them twice: the code of
// a body is made from one before it, and there is none. All else is for the
// pointWriter.
type firstSink struct {
	*pointWriter
	held    []heldPoint
	learned bool // the pointWriter has a code

	at    stamp  // of the point that is given on
	value number // of the point that is held
}

// maxHeld is from how many points a code is made.
const maxHeld = 256

type heldPoint struct {
	series *Series
	ticks  int64
	value  Value
}

func (s *firstSink) direct() *pointWriter {
	if s.learned {
		return s.pointWriter
	}
	return nil
}

func (s *firstSink) add(series *Series, at *stamp, v Value) int {
	if len(s.held) == maxHeld {
		s.learn()
	}
	if s.learned {
		return s.pointWriter.add(series, at, v)
	}
	s.held = append(s.held, heldPoint{series, at.ticks, v})
	s.value.set(v)
	return pointSize(series, at, s.value.n)
}

// learn makes a code from the points held, and writes them.
func (s *firstSink) learn() {
	s.write()
	s.pointWriter.close(exactly)
	s.body = 0
	s.write()
	s.held, s.learned = nil, true
}

func (s *firstSink) write() {
	for _, p := range s.held {
		s.at.set(p.ticks)
		s.pointWriter.add(p.series, &s.at, p.value)
	}
}

func (s *firstSink) close(room func(size int) []byte) []byte {
	if !s.learned {
		s.learn()
	}
	return s.pointWriter.close(room)
}
