package encoding

import (
	"hash/maphash"
	"slices"
	"strings"
)

// A slot learns the values that one tag of a schema has again and again, and
// numbers them: where such a value was written last is then found by its number,
// without a look at its text. Values that come once have none.
type slot struct {
	numbers map[string]uint8 // by value
	// texts are by number, sixteen to a part. One that is there stays as it is, so
	// that who has its number may read it while others are added.
	texts  [16]*[16]*text
	once   *[numOnce]uint64 // hashes of the last values that came once
	oldest int              // of them
	full   int              // values that came again and got no number
}

const (
	unnumbered = 0xff // no value has this number
	numOnce    = 64
	maxLearned = 128 // bytes of a value: those that come again are short
)

// number returns the number of a value and its text, or nil. layout.mu is held.
func (s *slot) number(value string) (n uint8, t *text) {
	if n, known := s.numbers[value]; known {
		return n, s.text(n)
	}
	if len(value) > maxLearned || !s.again(value) {
		return 0, nil
	}
	if len(s.numbers) == unnumbered {
		s.full++
		return 0, nil
	}
	return s.learn(value)
}

// again reports whether a value came before, and not too many others since.
func (s *slot) again(value string) bool {
	if s.once == nil {
		s.once = new([numOnce]uint64)
	}
	h := maphash.String(hashSeed, value)
	if slices.Contains(s.once[:], h) {
		return true
	}
	s.once[s.oldest] = h
	s.oldest = (s.oldest + 1) % numOnce
	return false
}

func (s *slot) learn(value string) (n uint8, t *text) {
	if s.numbers == nil {
		s.numbers = map[string]uint8{}
	}
	n = uint8(len(s.numbers))
	part := &s.texts[n/16]
	if *part == nil {
		*part = new([16]*text)
	}
	t = new(text)
	*t = makeText(appendString(nil, value)[1:])
	(*part)[n%16] = t
	s.numbers[strings.Clone(value)] = n
	return n, t
}

func (s *slot) text(n uint8) *text { return s.texts[n/16][n%16] }
