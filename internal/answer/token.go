package answer

import "encoding/json"

// Literal takes one of the words of JSON.
func (s *source) Literal(word string) error {
	for s.end-s.pos < len(word) {
		if !s.fill() {
			return s.cut()
		}
	}
	if string(s.buf[s.pos:s.pos+len(word)]) != word {
		return s.Expected(word)
	}
	s.pos += len(word)
	return nil
}

// Null takes a null, where there is one.
func (s *source) Null() (bool, error) {
	c, err := s.Peek()
	if err != nil || c != 'n' {
		return false, err
	}
	return true, s.Literal("null")
}

// number takes the bytes that look like a number; at least one.
func (s *source) number() ([]byte, error) {
	if _, err := s.Peek(); err != nil {
		return nil, err
	}
	for n := 0; ; {
		for ; s.pos+n < s.end; n++ {
			if !isNumberByte[s.buf[s.pos+n]] {
				return s.cutNumber(n)
			}
		}
		if n > maxNumber {
			return nil, s.Expected("a shorter number")
		}
		if !s.fill() {
			return nil, s.cut()
		}
	}
}

func (s *source) cutNumber(n int) ([]byte, error) {
	if n == 0 {
		return nil, s.Expected("a number")
	}
	token := s.buf[s.pos : s.pos+n]
	s.pos += n
	return token, nil
}

// name takes the name of a field that is known, and returns nothing for others.
func (s *source) name() (string, error) {
	n, plain, err := s.quoted()
	if err != nil {
		return "", err
	}
	if !plain {
		text, err := s.unescaped(n)
		return known([]byte(text)), err
	}
	name := known(s.buf[s.pos+1 : s.pos+n-1])
	s.pos += n
	return name, nil
}

// known returns the name of a field as a string that takes no memory.
func known(name []byte) string {
	for _, k := range knownNames {
		if string(name) == k {
			return k
		}
	}
	return ""
}

var knownNames = []string{
	"metric", "tags", "dps", "value", "values", "timestamps", "aggregatedTags", "aggregateTags",
	"id", "result", "outputs", "hints", "query", "query_stats",
	"querytext", "startTime", "endTime", "numSeries", "queryTimeMillis",
	"status", "error", "data", "resultType", "warnings", "infos", "isPartial", "stats", "executionTimeMsec",
	"histogram", "histograms", "count", "sum", "buckets",
}

// quoted returns the length of the string that comes next, its quotes included,
// when all of it is in the buffer. A plain one has no escapes.
func (s *source) quoted() (n int, plain bool, err error) {
	c, err := s.Peek()
	if err != nil {
		return 0, false, err
	}
	if c != '"' {
		return 0, false, s.Expected("a string")
	}
	plain = true
	for n := 1; ; {
		for ; s.pos+n < s.end; n++ {
			switch c := s.buf[s.pos+n]; {
			case c == '"':
				return n + 1, plain, nil
			case c == '\\':
				n++ // what follows is no end
				plain = false
			case c < ' ':
				s.pos += n
				return 0, false, s.Expected("the end of a string, or an escape,")
			}
		}
		if !s.fill() {
			return 0, false, s.cut()
		}
	}
}

// unescaped takes a string of n bytes with its quotes, which holds escapes or what
// is not UTF-8: that is left to encoding/json.
func (s *source) unescaped(n int) (string, error) {
	var text string
	if json.Unmarshal(s.buf[s.pos:s.pos+n], &text) != nil {
		return "", s.Expected("a string with valid escapes")
	}
	s.pos += n
	return text, nil
}
