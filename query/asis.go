package query

import "encoding/json"

// hints takes a list of remarks, or one alone.
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

// remark returns a value as it is. Where it is an object, field gets the fields of
// it that are known.
func (s *scanner) remark(field func(name string, value []byte)) (json.RawMessage, error) {
	text, err := s.raw()
	if err != nil {
		return nil, err
	}
	if err := s.spend(textCost(len(text))); err != nil { // a field of it may be all of it
		return nil, err
	}
	in := s.part(text)
	_ = in.fields(func(name string) error { // it is valid, but may be no object
		begin, err := in.extent()
		if err == nil && name != "" {
			field(name, in.buf[begin:in.pos])
		}
		return err
	})
	return text, nil
}

// extent takes a value and returns where it begins in a buffer that holds all of it.
func (s *scanner) extent() (begin int, err error) {
	if _, err := s.peek(); err != nil {
		return 0, err
	}
	begin = s.pos
	return begin, s.skip()
}
