package answer

import (
	"bytes"
	"math"
	"sort"
)

// Points takes the points of a series: a list of [time, value], or an object of values by
// time, which has no order of its own. It returns those of the span, made by as.
func Points[P any](d *Decoder, as func(Point) P) ([]P, error) {
	c, err := d.Peek()
	if err != nil {
		return nil, err
	}
	d.points.n = 0
	if c == '{' {
		err = d.list('{', '}', "an object", d.entry)
	} else {
		err = d.Array(d.point)
	}
	if err != nil {
		return nil, err
	}
	if c == '{' && !sort.IsSorted(&d.points) {
		sort.Stable(&d.points)
	}
	return gathered(d, as)
}

// OnePoint takes one [time, value].
func OnePoint[P any](d *Decoder, as func(Point) P) ([]P, error) {
	d.points.n = 0
	if err := d.point(); err != nil {
		return nil, err
	}
	return gathered(d, as)
}

// gathered returns the points that were kept since the buffer was emptied, nil where
// there are none.
func gathered[P any](d *Decoder, as func(Point) P) ([]P, error) {
	if d.points.n == 0 {
		return nil, nil
	}
	if err := d.Spend(int64(d.points.n) * PointSize); err != nil {
		return nil, err
	}
	all := make([]P, 0, d.points.n)
	for _, chunk := range d.points.chunks {
		for _, p := range chunk[:min(chunkLen, d.points.n-len(all))] {
			all = append(all, as(p))
		}
	}
	return all, nil
}

// point reads [time, value], and keeps it where it belongs to the result.
func (d *Decoder) point() error {
	if p, n := quickPoint(d.buf[d.pos:d.end]); n > 0 {
		d.pos += n
		return d.keepPoint(p)
	}
	return d.Timed("a point", func(ms int64) error {
		value, present, err := d.Value()
		if err != nil || !present {
			return err
		}
		return d.keepPoint(Point{ms, value})
	})
}

// Timed takes [time, value], of which value takes the second half. A null has neither.
func (d *Decoder) Timed(what string, value func(ms int64) error) error {
	if null, err := d.Null(); null || err != nil {
		return err
	}
	if err := d.Take('[', what); err != nil {
		return err
	}
	ms, err := d.Time()
	if err != nil {
		return err
	}
	if err := d.Take(',', "a comma and a value"); err != nil {
		return err
	}
	if err := value(ms); err != nil {
		return err
	}
	return d.Take(']', "the end of "+what)
}

// entry reads "time": value.
func (d *Decoder) entry() error {
	if p, n := quickEntry(d.buf[d.pos:d.end]); n > 0 {
		d.pos += n
		return d.keepPoint(p)
	}
	ms, err := d.quotedTime()
	if err != nil {
		return err
	}
	if err := d.Take(':', "a colon"); err != nil {
		return err
	}
	value, present, err := d.Value()
	if err != nil || !present {
		return err
	}
	return d.keepPoint(Point{ms, value})
}

func (s *source) quotedTime() (int64, error) {
	at := s.offset()
	text, err := s.plain()
	if err != nil {
		return 0, err
	}
	ms, ok := ParseTime(text)
	if !ok {
		return 0, &Error{Offset: at, text: "a time up to the year 9999 was expected"}
	}
	return ms, nil
}

func (d *Decoder) keepPoint(p Point) error {
	if !d.Within.Holds(p.UnixMilli) {
		return nil
	}
	if d.points.full() {
		if err := d.Spend(chunkLen * PointSize); err != nil {
			return err
		}
	}
	d.points.add(p)
	return nil
}

// Time reads a time, in quotes or not.
func (d *Decoder) Time() (int64, error) {
	if c, err := d.Peek(); err == nil && c == '"' {
		return d.quotedTime()
	}
	token, err := d.number()
	if err != nil {
		return 0, err
	}
	ms, ok := ParseTime(token)
	if !ok {
		d.pos -= len(token)
		return 0, d.Expected("a time up to the year 9999")
	}
	return ms, nil
}

// Millis reads a time that is always in milliseconds.
func (d *Decoder) Millis() (int64, error) {
	token, err := d.number()
	if err != nil {
		return 0, err
	}
	f, ok := ParseFloat(token)
	if !ok || math.Abs(f) > MaxMilli {
		d.pos -= len(token)
		return 0, d.Expected("a time up to the year 9999")
	}
	return int64(math.Round(f)), nil
}

// Value reads a number, in quotes or not, or what stands for one; a null is not
// present.
func (d *Decoder) Value() (v float64, present bool, err error) {
	switch c, err := d.Peek(); {
	case err != nil:
		return 0, false, err
	case c == 'n':
		return 0, false, d.Literal("null")
	case c == '"':
		v, err := d.quotedValue()
		return v, true, err
	}
	if v, end := quickFloat(d.buf[:d.end], d.pos); end > 0 && end < d.end && !isNumberByte[d.buf[end]] {
		d.pos = end
		return v, true, nil
	}
	token, err := d.number()
	if err != nil {
		return 0, false, err
	}
	v, ok := ParseFloat(token)
	if !ok {
		d.pos -= len(token)
		return 0, false, d.Expected("a number that float64 holds")
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

func (d *Decoder) quotedValue() (float64, error) {
	at := d.offset()
	text, err := d.plain()
	if err != nil {
		return 0, err
	}
	v, ok := ValueOf(text)
	if !ok {
		return 0, &Error{Offset: at, text: `a number, "NaN", "+Inf" or "-Inf" was expected`}
	}
	return v, nil
}

// ValueOf reads a number, or what stands for one.
func ValueOf(text []byte) (float64, bool) {
	if v, ok := special(text); ok {
		return v, true
	}
	return ParseFloat(text)
}

// plain takes a string and returns what is between its quotes, until the next token.
func (s *source) plain() ([]byte, error) {
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
