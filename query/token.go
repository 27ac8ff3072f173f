package query

import (
	"encoding/json"
	"unicode/utf8"
)

// literal takes one of the words of JSON.
func (s *scanner) literal(word string) error {
	for s.end-s.pos < len(word) {
		if !s.fill() {
			return s.cut()
		}
	}
	if string(s.buf[s.pos:s.pos+len(word)]) != word {
		return s.expected(word)
	}
	s.pos += len(word)
	return nil
}

// null takes a null, where there is one.
func (s *scanner) null() (bool, error) {
	c, err := s.peek()
	if err != nil || c != 'n' {
		return false, err
	}
	return true, s.literal("null")
}

// number takes the bytes that look like a number; at least one.
func (s *scanner) number() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	for n := 0; ; {
		for ; s.pos+n < s.end; n++ {
			if !isNumberByte[s.buf[s.pos+n]] {
				return s.cutNumber(n)
			}
		}
		if !s.fill() {
			return nil, s.cut()
		}
	}
}

func (s *scanner) cutNumber(n int) ([]byte, error) {
	if n == 0 {
		return nil, s.expected("a number")
	}
	token := s.buf[s.pos : s.pos+n]
	s.pos += n
	return token, nil
}

// text takes a string.
func (s *scanner) text() (string, error) {
	c, err := s.peek()
	if err != nil {
		return "", err
	}
	if c != '"' {
		return "", s.expected("a string")
	}
	plain := true
	for n := 1; ; {
		for ; s.pos+n < s.end; n++ {
			switch c := s.buf[s.pos+n]; {
			case c == '"':
				return s.cutText(n+1, plain)
			case c == '\\':
				n++ // what follows is no end
				plain = false
			case c < ' ':
				s.pos += n
				return "", s.expected("the end of a string, or an escape,")
			}
		}
		if !s.fill() {
			return "", s.cut()
		}
	}
}

// cutText takes a string of n bytes with its quotes. One that holds escapes, or
// what is not UTF-8, is left to encoding/json.
func (s *scanner) cutText(n int, plain bool) (string, error) {
	quoted := s.buf[s.pos : s.pos+n]
	if inner := quoted[1 : n-1]; plain && utf8.Valid(inner) {
		s.pos += n
		return s.strings.intern(inner), nil
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return "", s.expected("a string with valid escapes")
	}
	s.pos += n
	return text, nil
}
