package query

import "bytes"

// fields calls field for each field, which has to take its value. The name is one
// of those known, or nothing. A null has no fields.
func (s *scanner) fields(field func(name string) error) error {
	return s.list('{', '}', "an object", func() error {
		name, err := s.name()
		if err != nil {
			return err
		}
		if err := s.take(':', "a colon"); err != nil {
			return err
		}
		return field(name)
	})
}

// object is fields with every name as it is.
func (s *scanner) object(field func(name string) error) error {
	return s.list('{', '}', "an object", func() error {
		name, err := s.text()
		if err != nil {
			return err
		}
		if err := s.take(':', "a colon"); err != nil {
			return err
		}
		return field(name)
	})
}

// array calls element for each element, which has to take it. A null has none.
func (s *scanner) array(element func() error) error {
	return s.list('[', ']', "an array", element)
}

func (s *scanner) list(begin, end byte, what string, item func() error) error {
	if null, err := s.null(); null || err != nil {
		return err
	}
	if err := s.take(begin, what); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return s.expected("less nesting")
	}
	if c, err := s.peek(); err != nil || c == end {
		return s.leave(err)
	}
	for {
		if err := item(); err != nil {
			return err
		}
		c, err := s.peek()
		if err != nil || c == end {
			return s.leave(err)
		}
		if c != ',' {
			return s.expected("a comma, or the end of " + what + ",")
		}
		s.pos++
	}
}

// leave takes the end of a list, unless there was an error.
func (s *scanner) leave(err error) error {
	if err == nil {
		s.depth--
		s.pos++
	}
	return err
}

// textOrNull takes a string; a null is an empty one.
func (s *scanner) textOrNull() (string, error) {
	if null, err := s.null(); null || err != nil {
		return "", err
	}
	return s.text()
}

// raw takes a value and returns its JSON.
func (s *scanner) raw() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	s.mark = s.pos
	err := s.skip()
	text := s.buf[s.mark:s.pos]
	s.mark = -1
	if err != nil {
		return nil, err
	}
	if err := s.spend(textCost(len(text))); err != nil {
		return nil, err
	}
	return bytes.Clone(text), nil
}

// skip takes a value of any kind.
func (s *scanner) skip() error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return s.list('{', '}', "an object", s.skipField)
	case '[':
		return s.array(s.skip)
	case '"':
		return s.skipText()
	case 'n':
		return s.literal("null")
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	}
	return s.skipNumber()
}

func (s *scanner) skipField() error {
	if err := s.take('"', "a string"); err != nil {
		return err
	}
	if err := s.restOfText(); err != nil {
		return err
	}
	if err := s.take(':', "a colon"); err != nil {
		return err
	}
	return s.skip()
}
