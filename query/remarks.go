package query

import (
	"encoding/json"
	"time"
)

// What the server says beside the points is kept where it can be read; where it
// is of another kind than is known, that alone is no error.

func (s *scanner) hints() (hints []string, err error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	add := func() error {
		hint, err := s.hint()
		if err != nil {
			return err
		}
		hints, err = push(s, hints, hint)
		return err
	}
	if c == '[' || c == 'n' {
		err = s.array(add)
	} else {
		err = add()
	}
	return hints, err
}

// hint takes a string, and what is none as its JSON.
func (s *scanner) hint() (string, error) {
	c, err := s.peek()
	if err != nil {
		return "", err
	}
	if c == '"' {
		return s.text()
	}
	text, err := s.raw()
	return string(text), err
}

func (d *decoder) info() (info Info, err error) {
	info.Raw, err = d.remark(func(name string, value []byte) {
		switch name {
		case "startTime":
			info.Start = moment(value)
		case "endTime":
			info.End = moment(value)
		case "querytext":
			info.Text = ""
			_ = json.Unmarshal(value, &info.Text)
		}
	})
	return info, err
}

func (d *decoder) stats() (stats Stats, err error) {
	stats.Raw, err = d.remark(func(name string, value []byte) {
		switch name {
		case "numSeries":
			stats.Series = 0
			_ = json.Unmarshal(value, &stats.Series)
		case "queryTimeMillis", "executionTimeMsec": // as Apptuit has it, and VictoriaMetrics
			stats.Elapsed = elapsed(value)
		}
	})
	return stats, err
}

func elapsed(text []byte) time.Duration {
	ms, ok := parseFloat(text)
	if !ok || ms < 0 || ms > maxMilli/1e3 {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// remark returns a value as it is. Where it is an object, field gets the fields of
// it that are known.
func (d *decoder) remark(field func(name string, value []byte)) (json.RawMessage, error) {
	text, err := d.raw()
	if err != nil {
		return nil, err
	}
	if err := d.spend(textCost(len(text))); err != nil { // a field of it may be all of it
		return nil, err
	}
	in := d.part(text)
	_ = in.fields(func(name string) error { // it is valid, but may be no object
		begin, err := in.value()
		if err == nil && name != "" {
			field(name, in.buf[begin:in.pos])
		}
		return err
	})
	return text, nil
}

// value takes a value and returns where it begins in a buffer that holds all of it.
func (s *scanner) value() (begin int, err error) {
	if _, err := s.peek(); err != nil {
		return 0, err
	}
	begin = s.pos
	return begin, s.skip()
}

// moment returns a time of the wire, zero for what is none.
func moment(text []byte) time.Time {
	ms, ok := parseTime(text)
	if !ok {
		return time.Time{}
	}
	return Point{UnixMilli: ms}.Time()
}
