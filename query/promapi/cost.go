package promapi

import (
	"fmt"
	"strings"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/query"
)

// costs are what the values of an answer take at the most once they are decoded,
// with what lists take as they grow. A value of another kind than the list's is no
// value of it, but takes its place.
type costs struct {
	object int64 // a map, or a large struct
	array  int64
	text   int64 // beside its bytes
	other  int64 // a number or a word that is not the first of a list, and null
}

var (
	ofNames   = costs{object: 400, array: 40, text: 40, other: 40}
	ofStructs = costs{object: 400, array: 300, text: 300, other: 300}
)

// costsOf returns those of the answers to what is asked for under /api/v1/.
func costsOf(name string) costs {
	switch {
	case name == "series" || name == "labels" || strings.HasPrefix(name, "label/"):
		return ofNames
	}
	return ofStructs
}

// check returns an error where an answer, which is valid JSON, would take more
// memory than it may. It looks before anything is decoded.
func (c costs) check(text []byte, bound int64) error {
	if most := answer.Most(bound); c.sum(text) > most {
		return fmt.Errorf("%w: decoded it would take more than %d bytes of memory", query.ErrTooLarge, most)
	}
	return nil
}

func (c costs) sum(text []byte) (bytes int64) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{':
			bytes += c.object
		case '[':
			bytes += c.array
		case 'n':
			bytes += c.other
		case ',':
			if next := afterSpace(text, i+1); strings.IndexByte("-0123456789tf", next) >= 0 {
				bytes += c.other
			}
		case '"':
			end := endOfText(text, i+1)
			bytes += c.text + int64(end-i)
			i = end
		}
	}
	return bytes
}

// afterSpace returns the next byte that is no white space.
func afterSpace(text []byte, i int) byte {
	for ; i < len(text); i++ {
		if c := text[i]; c > ' ' {
			return c
		}
	}
	return 0
}

// endOfText returns where the closing quote is of a string that begins at i.
func endOfText(text []byte, i int) int {
	for ; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}
