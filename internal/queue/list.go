package queue

import (
	"cmp"
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A list holds batches in memory, by number. What is taken or removed, wherever it
// stands, takes a time that does not grow with the list: it leaves its place empty,
// and empty places go together once they are the most.
type list struct {
	entries []held
	empty   int    // of entries
	taken   uint64 // all batches below this number were taken
	size    Size
}

// held is a place in a list.
type held struct {
	Entry
	taken bool
	gone  bool
}

// smallList is how many places are kept though they are empty.
const smallList = 64

func (l *list) add(seq uint64, b encoding.Batch) {
	l.entries = append(l.entries, held{Entry: Entry{seq, b}})
	l.size.add(1, b.Points, int64(len(b.Body)))
}

// after returns the oldest batch with a number above seq.
func (l *list) after(seq uint64) (Entry, bool) {
	i, found := l.find(seq)
	if found {
		i++
	}
	for ; i < len(l.entries); i++ {
		if !l.entries[i].gone {
			return l.entries[i].Entry, true
		}
	}
	return Entry{}, false
}

// next returns the oldest batch of a span of numbers that was not taken.
func (l *list) next(within span) (*held, bool) {
	i, _ := l.find(max(within.first, l.taken))
	for ; i < len(l.entries) && l.entries[i].Seq <= within.last; i++ {
		if h := &l.entries[i]; !h.gone && !h.taken {
			if within.first <= l.taken {
				l.taken = h.Seq
			}
			return h, true
		}
	}
	return nil, false
}

// giveBack lets a batch be taken again, with another body where something may yet
// read this one. It tells whether the batch is here.
func (l *list) giveBack(seq uint64, lent bool) bool {
	i, found := l.find(seq)
	if !found || l.entries[i].gone {
		return false
	}
	h := &l.entries[i]
	h.taken = false
	l.taken = min(l.taken, seq)
	if lent {
		h.Batch.Body = slices.Clone(h.Batch.Body)
	}
	return true
}

// has tells whether the list holds a batch, and whether it was taken.
func (l *list) has(seq uint64) (held, taken bool) {
	i, found := l.find(seq)
	if !found || l.entries[i].gone {
		return false, false
	}
	return true, l.entries[i].taken
}

// remove forgets a batch, and tells whether it was there.
func (l *list) remove(seq uint64) bool {
	i, found := l.find(seq)
	if !found || l.entries[i].gone {
		return false
	}
	b := l.entries[i].Batch
	l.size.add(-1, b.Points, int64(len(b.Body)))
	l.entries[i] = held{Entry: Entry{Seq: seq}, gone: true}
	l.empty++
	l.tidy()
	return true
}

// tidy takes out the empty places in front, and all of them where they are the
// most. What is of no use any more goes back.
func (l *list) tidy() {
	for len(l.entries) > 0 && l.entries[0].gone {
		l.entries = l.entries[1:]
		l.empty--
	}
	if l.empty > len(l.entries)/2 {
		l.entries = slices.DeleteFunc(l.entries, func(h held) bool { return h.gone })
		l.empty = 0
	}
	if room := cap(l.entries); room > smallList && len(l.entries) < room/4 {
		l.entries = append(make([]held, 0, room/2), l.entries...)
	}
}

// find returns where seq is, or would be.
func (l *list) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(l.entries, seq, func(h held, seq uint64) int {
		return cmp.Compare(h.Seq, seq)
	})
}
