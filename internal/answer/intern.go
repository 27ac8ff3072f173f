package answer

import "hash/maphash"

// An interner gives equal short strings as one: series repeat their keys and
// many of their values. It forgets a string when it meets another of its slot,
// so that it stays small whatever an answer holds.
type interner struct {
	slots [512]string
}

// maxInterned is the longest string worth a look.
const maxInterned = 64

var seed = maphash.MakeSeed()

// slot returns where a text stands if it was met lately; nil for a long one.
func (n *interner) slot(text []byte) *string {
	if len(text) > maxInterned {
		return nil
	}
	return &n.slots[maphash.Bytes(seed, text)%uint64(len(n.slots))]
}

// keep returns text as a string, the one made last if it can.
func (d *Decoder) keep(text []byte) (string, error) {
	slot := d.strings.slot(text)
	if slot != nil && *slot == string(text) {
		return *slot, nil
	}
	if err := d.Spend(textCost(len(text))); err != nil {
		return "", err
	}
	kept := string(text)
	if slot != nil {
		*slot = kept
	}
	return kept, nil
}
