package query

import "math"

func (d *decoder) allPoints() ([]Point, error) {
	d.points.n = 0
	if err := d.array(d.point); err != nil {
		return nil, err
	}
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

func (d *decoder) time() (int64, error) {
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

// value reads a number, or what stands for one; a null is not present.
func (d *decoder) value() (v float64, present bool, err error) {
	switch c, err := d.peek(); {
	case err != nil:
		return 0, false, err
	case c == 'n':
		return 0, false, d.literal("null")
	case c == '"':
		v, err := d.special()
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

// specials are the values that JSON has no numbers for.
var specials = map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}

func (d *decoder) special() (float64, error) {
	at := d.offset()
	text, err := d.text()
	if err != nil {
		return 0, err
	}
	v, ok := specials[text]
	if !ok {
		return 0, &decodeError{offset: at, text: `a number, "NaN", "Infinity" or "-Infinity" was expected`}
	}
	return v, nil
}
