package query

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

func (n *interner) intern(text []byte) string {
	if len(text) > maxInterned {
		return string(text)
	}
	slot := &n.slots[maphash.Bytes(seed, text)%uint64(len(n.slots))]
	if *slot != string(text) {
		*slot = string(text)
	}
	return *slot
}
