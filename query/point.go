package query

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// allPoints takes the points of a series: a list of [time, value], or an object of
// values by time, which has no order of its own.
func (d *decoder) allPoints() ([]Point, error) {
	c, err := d.peek()
	if err != nil {
		return nil, err
	}
	d.points.n = 0
	if c == '{' {
		err = d.list('{', '}', "an object", d.entry)
	} else {
		err = d.array(d.point)
	}
	if err != nil {
		return nil, err
	}
	points, err := d.gathered()
	if c == '{' && !isAscending(points) {
		slices.SortStableFunc(points, func(a, b Point) int { return cmp.Compare(a.UnixMilli, b.UnixMilli) })
	}
	return points, err
}

// onePoint takes one [time, value].
func (d *decoder) onePoint() ([]Point, error) {
	d.points.n = 0
	if err := d.point(); err != nil {
		return nil, err
	}
	return d.gathered()
}

// gathered returns the points that were kept since the buffer was emptied.
func (d *decoder) gathered() ([]Point, error) {
	if err := d.spend(int64(d.points.n) * pointSize); err != nil {
		return nil, err
	}
	return d.points.copy(), nil
}

// point reads [time, value], and keeps it where it belongs to the result.
func (d *decoder) point() error {
	if p, n := quickPoint(d.buf[d.pos:d.end]); n > 0 {
		d.pos += n
		return d.keep(p)
	}
	if null, err := d.null(); null || err != nil {
		return err
	}
	if err := d.take('[', "a point"); err != nil {
		return err
	}
	ms, err := d.time()
	if err != nil {
		return err
	}
	if err := d.take(',', "a comma and a value"); err != nil {
		return err
	}
	value, present, err := d.value()
	if err != nil {
		return err
	}
	if err := d.take(']', "the end of a point"); err != nil || !present {
		return err
	}
	return d.keep(Point{ms, value})
}

// entry reads "time": value.
func (d *decoder) entry() error {
	if p, n := quickEntry(d.buf[d.pos:d.end]); n > 0 {
		d.pos += n
		return d.keep(p)
	}
	ms, err := d.quotedTime()
	if err != nil {
		return err
	}
	if err := d.take(':', "a colon"); err != nil {
		return err
	}
	value, present, err := d.value()
	if err != nil || !present {
		return err
	}
	return d.keep(Point{ms, value})
}

func (d *decoder) quotedTime() (int64, error) {
	at := d.offset()
	text, err := d.plain()
	if err != nil {
		return 0, err
	}
	ms, ok := parseTime(text)
	if !ok {
		return 0, &decodeError{offset: at, text: "a time up to the year 9999 was expected"}
	}
	return ms, nil
}

func (d *decoder) keep(p Point) error {
	if !d.within.holds(p.UnixMilli) {
		return nil
	}
	if d.points.full() {
		if err := d.spend(chunkLen * pointSize); err != nil {
			return err
		}
	}
	d.points.add(p)
	return nil
}

// time reads a time, in quotes or not.
func (d *decoder) time() (int64, error) {
	if c, err := d.peek(); err == nil && c == '"' {
		return d.quotedTime()
	}
	token, err := d.number()
	if err != nil {
		return 0, err
	}
	ms, ok := parseTime(token)
	if !ok {
		d.pos -= len(token)
		return 0, d.expected("a time up to the year 9999")
	}
	return ms, nil
}

// value reads a number, in quotes or not, or what stands for one; a null is not
// present.
func (d *decoder) value() (v float64, present bool, err error) {
	switch c, err := d.peek(); {
	case err != nil:
		return 0, false, err
	case c == 'n':
		return 0, false, d.literal("null")
	case c == '"':
		v, err := d.quotedValue()
		return v, true, err
	}
	token, err := d.number()
	if err != nil {
		return 0, false, err
	}
	v, ok := parseFloat(token)
	if !ok {
		d.pos -= len(token)
		return 0, false, d.expected("a number that float64 holds")
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

func (d *decoder) quotedValue() (float64, error) {
	at := d.offset()
	text, err := d.plain()
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
func (d *decoder) plain() ([]byte, error) {
	n, plain, err := d.quoted()
	if err != nil {
		return nil, err
	}
	if !plain {
		text, err := d.unescaped(n)
		return []byte(text), err
	}
	text := d.buf[d.pos+1 : d.pos+n-1]
	d.pos += n
	return text, nil
}
