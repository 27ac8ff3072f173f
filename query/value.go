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

func (s *scanner) skipNumber() error {
	token, err := s.number()
	if err != nil {
		return err
	}
	if !validNumber(token) {
		s.pos -= len(token)
		return s.expected("a value")
	}
	return nil
}

// skipText takes a string of any length without holding it.
func (s *scanner) skipText() error {
	s.pos++
	return s.restOfText()
}

// restOfText takes what is behind the opening quote.
func (s *scanner) restOfText() error {
	for {
		c, err := s.byte()
		switch {
		case err != nil:
			return err
		case c == '"':
			return nil
		case c < ' ':
			s.pos--
			return s.expected("the end of a string, or an escape,")
		case c == '\\':
			if err := s.skipEscape(); err != nil {
				return err
			}
		}
	}
}

func (s *scanner) skipEscape() error {
	c, err := s.byte()
	if err != nil {
		return err
	}
	if c != 'u' {
		return s.unless(bytes.IndexByte([]byte(`"\/bfnrt`), c) >= 0)
	}
	for range 4 {
		if c, err = s.byte(); err != nil {
			return err
		}
		if err := s.unless(isHex(c)); err != nil {
			return err
		}
	}
	return nil
}

// unless is an error about the byte just taken, unless that is valid.
func (s *scanner) unless(valid bool) error {
	if valid {
		return nil
	}
	s.pos--
	return s.expected("a valid escape")
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
