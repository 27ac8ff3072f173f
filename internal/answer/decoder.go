package answer

import (
	"io"
	"unicode/utf8"
)

// maxDepth bounds nesting; the known shape has seven levels.
const maxDepth = 100

// A Decoder takes the values of a source. What it keeps of them is paid for.
type Decoder struct {
	source
	depth   int
	strings *interner
	Within  TimeRange
	points  pointBuffer
}

// New returns a decoder of an answer of at most maxBytes, of which the points within a time
// are wanted.
func New(r io.Reader, maxBytes int64, within TimeRange) *Decoder {
	return &Decoder{source: newSource(r, newBudget(maxBytes)), strings: new(interner), Within: within}
}

// Renew lets another answer of at most maxBytes follow, of which nothing is held yet.
func (d *Decoder) Renew(maxBytes int64) { *d.budget = *newBudget(maxBytes) }

// Text takes a string.
func (d *Decoder) Text() (string, error) {
	n, plain, err := d.quoted()
	if err != nil {
		return "", err
	}
	if inner := d.buf[d.pos+1 : d.pos+n-1]; plain && utf8.Valid(inner) {
		d.pos += n
		return d.keep(inner)
	}
	if err := d.Spend(textCost(3 * n)); err != nil { // what is not UTF-8 becomes three bytes
		return "", err
	}
	text, err := d.unescaped(n)
	d.budget.giveBack(textCost(3*n) - textCost(len(text)))
	return text, err
}
