package encoding

import "sync/atomic"

// ways is how many places a hash has. With one, two things that a program uses again
// and again would now and then have the same place, and each be made again and again.
const ways = 8

// A lately holds what was made lately, by its hash, so that what is equal is made
// once. Goroutines may share it. Of too many it holds the last.
type lately[T any] []neighbours[T]

// Neighbours are those whose hashes have the same places.
type neighbours[T any] struct {
	places [ways]atomic.Pointer[T]
	added  atomic.Uint32 // how many were; the next takes the place of the oldest
}

// newLately returns one for n of them.
func newLately[T any](n int) lately[T] { return make(lately[T], n/ways) }

func (l lately[T]) of(hash uint64) *neighbours[T] { return &l[hash%uint64(len(l))] }

// find returns the one with this hash that is the wanted one, or nil.
func (l lately[T]) find(hash uint64, wanted func(*T) bool) *T {
	n := l.of(hash)
	for i := range n.places {
		if v := n.places[i].Load(); v != nil && wanted(v) {
			return v
		}
	}
	return nil
}

func (l lately[T]) add(hash uint64, v *T) {
	n := l.of(hash)
	n.places[(n.added.Add(1)-1)%ways].Store(v)
}
