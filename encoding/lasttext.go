package encoding

import "github.com/apptuitai/apptuit-go/internal/deflate"

// numNames is how many names and parts are remembered.
const numNames = 1 << 8

// lastTexts are names and parts that were written lately, by their checksum.
type lastTexts [numNames]lastText

// A lastText remembers where a name or a part was written last.
type lastText struct {
	*text
	pos position
}

// since returns how far back a text was written, and notes that it is written
// again, at pos. It is out of reach where that is not known.
func (l *lastTexts) since(t *text, pos position) (distance int) {
	p := &l[t.sums[0]%numNames]
	if p.text != t {
		*p = lastText{t, pos}
		return deflate.Window + 1
	}
	distance = pos.from(p.pos)
	p.pos = pos
	return distance
}
