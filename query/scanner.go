package query

import (
	"io"
	"unicode/utf8"
)

// maxDepth bounds nesting; the known shape has seven levels.
const maxDepth = 100

// A scanner takes the values of a source. What it keeps of them is paid for.
type scanner struct {
	source
	depth   int
	strings *interner
	within  timeRange
	points  pointBuffer
}

func newScanner(r io.Reader, maxBytes int64, within timeRange) *scanner {
	return &scanner{source: newSource(r, newBudget(maxBytes)), strings: new(interner), within: within}
}

// renew lets another answer of at most maxBytes follow, of which nothing is held yet.
func (s *scanner) renew(maxBytes int64) { *s.budget = *newBudget(maxBytes) }

// part returns a scanner of a value that was kept.
func (s *scanner) part(text []byte) *scanner {
	return &scanner{source: sourceOf(text, s.budget), strings: s.strings}
}

// text takes a string.
func (s *scanner) text() (string, error) {
	n, plain, err := s.quoted()
	if err != nil {
		return "", err
	}
	if inner := s.buf[s.pos+1 : s.pos+n-1]; plain && utf8.Valid(inner) {
		s.pos += n
		return s.keep(inner)
	}
	if err := s.spend(textCost(3 * n)); err != nil { // what is not UTF-8 becomes three bytes
		return "", err
	}
	text, err := s.unescaped(n)
	s.budget.giveBack(textCost(3*n) - textCost(len(text)))
	return text, err
}
