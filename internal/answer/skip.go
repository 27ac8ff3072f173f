package answer

import "bytes"

// skipNumber takes a number of any size.
func (s *source) skipNumber() error {
	token, err := s.number()
	if err != nil {
		return err
	}
	if !validNumber(token) {
		s.pos -= len(token)
		return s.Expected("a value")
	}
	return nil
}

// skipText takes a string of any length without holding it.
func (s *source) skipText() error {
	s.pos++
	return s.restOfText()
}

// restOfText takes what is behind the opening quote.
func (s *source) restOfText() error {
	for {
		c, err := s.byte()
		switch {
		case err != nil:
			return err
		case c == '"':
			return nil
		case c < ' ':
			s.pos--
			return s.Expected("the end of a string, or an escape,")
		case c == '\\':
			if err := s.skipEscape(); err != nil {
				return err
			}
		}
	}
}

// skipEscape takes what is behind a backslash.
func (s *source) skipEscape() error {
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
func (s *source) unless(valid bool) error {
	if valid {
		return nil
	}
	s.pos--
	return s.Expected("a valid escape")
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
