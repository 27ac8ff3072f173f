package query

import (
	"bytes"
	"math"
	"sort"
)

// Points takes the points of a series: a list of [time, value], or an object of values by
// time, which has no order of its own. It returns those of the span, made by as.
func points[P any](s *scanner, as func(Point) P) ([]P, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	s.points.n = 0
	if c == '{' {
		err = s.list('{', '}', "an object", s.entry)
	} else {
		err = s.array(s.point)
	}
	if err != nil {
		return nil, err
	}
	if c == '{' && !sort.IsSorted(&s.points) {
		sort.Stable(&s.points)
	}
	return gathered(s, as)
}

// onePoint takes one [time, value].
func onePoint[P any](s *scanner, as func(Point) P) ([]P, error) {
	s.points.n = 0
	if err := s.point(); err != nil {
		return nil, err
	}
	return gathered(s, as)
}

// gathered returns the points that were kept since the buffer was emptied, nil where
// there are none.
func gathered[P any](s *scanner, as func(Point) P) ([]P, error) {
	if s.points.n == 0 {
		return nil, nil
	}
	if err := s.spend(int64(s.points.n) * pointSize); err != nil {
		return nil, err
	}
	all := make([]P, 0, s.points.n)
	for _, chunk := range s.points.chunks {
		for _, p := range chunk[:min(chunkLen, s.points.n-len(all))] {
			all = append(all, as(p))
		}
	}
	return all, nil
}

// point reads [time, value], and keeps it where it belongs to the result.
func (s *scanner) point() error {
	if p, n := quickPoint(s.buf[s.pos:s.end]); n > 0 {
		s.pos += n
		return s.keepPoint(p)
	}
	if null, err := s.null(); null || err != nil {
		return err
	}
	if err := s.take('[', "a point"); err != nil {
		return err
	}
	ms, err := s.time()
	if err != nil {
		return err
	}
	if err := s.take(',', "a comma and a value"); err != nil {
		return err
	}
	value, present, err := s.value()
	if err != nil {
		return err
	}
	if err := s.take(']', "the end of a point"); err != nil || !present {
		return err
	}
	return s.keepPoint(Point{ms, value})
}

// entry reads "time": value.
func (s *scanner) entry() error {
	if p, n := quickEntry(s.buf[s.pos:s.end]); n > 0 {
		s.pos += n
		return s.keepPoint(p)
	}
	ms, err := s.quotedTime()
	if err != nil {
		return err
	}
	if err := s.take(':', "a colon"); err != nil {
		return err
	}
	value, present, err := s.value()
	if err != nil || !present {
		return err
	}
	return s.keepPoint(Point{ms, value})
}

func (s *scanner) quotedTime() (int64, error) {
	at := s.offset()
	text, err := s.plain()
	if err != nil {
		return 0, err
	}
	ms, ok := parseTime(text)
	if !ok {
		return 0, &decodeError{offset: at, text: "a time up to the year 9999 was expected"}
	}
	return ms, nil
}

func (s *scanner) keepPoint(p Point) error {
	if !s.within.holds(p.UnixMilli) {
		return nil
	}
	if s.points.full() {
		if err := s.spend(chunkLen * pointSize); err != nil {
			return err
		}
	}
	s.points.add(p)
	return nil
}

// time reads a time, in quotes or not.
func (s *scanner) time() (int64, error) {
	if c, err := s.peek(); err == nil && c == '"' {
		return s.quotedTime()
	}
	token, err := s.number()
	if err != nil {
		return 0, err
	}
	ms, ok := parseTime(token)
	if !ok {
		s.pos -= len(token)
		return 0, s.expected("a time up to the year 9999")
	}
	return ms, nil
}

// millis reads a time that is always in milliseconds.
func (s *scanner) millis() (int64, error) {
	token, err := s.number()
	if err != nil {
		return 0, err
	}
	f, ok := parseFloat(token)
	if !ok || math.Abs(f) > maxMilli {
		s.pos -= len(token)
		return 0, s.expected("a time up to the year 9999")
	}
	return int64(math.Round(f)), nil
}

// value reads a number, in quotes or not, or what stands for one; a null is not
// present.
func (s *scanner) value() (v float64, present bool, err error) {
	switch c, err := s.peek(); {
	case err != nil:
		return 0, false, err
	case c == 'n':
		return 0, false, s.literal("null")
	case c == '"':
		v, err := s.quotedValue()
		return v, true, err
	}
	if v, end := quickFloat(s.buf[:s.end], s.pos); end > 0 && end < s.end && !isNumberByte[s.buf[end]] {
		s.pos = end
		return v, true, nil
	}
	token, err := s.number()
	if err != nil {
		return 0, false, err
	}
	v, ok := parseFloat(token)
	if !ok {
		s.pos -= len(token)
		return 0, false, s.expected("a number that float64 holds")
	}
	return v, true, nil
}

// special reads the values that JSON has no numbers for, as Java, Go, Prometheus, C and
// Python write them, in any case.
func special(text []byte) (float64, bool) {
	name, sign := text, 1
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		name = text[1:]
		if text[0] == '-' {
			sign = -1
		}
	}
	switch {
	case bytes.EqualFold(name, []byte("inf")) || bytes.EqualFold(name, []byte("infinity")):
		return math.Inf(sign), true
	case bytes.EqualFold(text, []byte("nan")):
		return math.NaN(), true
	}
	return 0, false
}

func (s *scanner) quotedValue() (float64, error) {
	at := s.offset()
	text, err := s.plain()
	if err != nil {
		return 0, err
	}
	v, ok := valueOf(text)
	if !ok {
		return 0, &decodeError{offset: at, text: `a number, "NaN", "+Inf" or "-Inf" was expected`}
	}
	return v, nil
}

// valueOf reads a number, or what stands for one.
func valueOf(text []byte) (float64, bool) {
	if v, ok := special(text); ok {
		return v, true
	}
	return parseFloat(text)
}

// plain takes a string and returns what is between its quotes, until the next token.
func (s *scanner) plain() ([]byte, error) {
	n, plain, err := s.quoted()
	if err != nil {
		return nil, err
	}
	if !plain {
		text, err := s.unescaped(n)
		return []byte(text), err
	}
	text := s.buf[s.pos+1 : s.pos+n-1]
	s.pos += n
	return text, nil
}
