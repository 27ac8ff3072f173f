package queue

import (
	"cmp"
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A list holds batches in memory, by number. What is removed, wherever it stands,
// takes a time that does not grow with the list: it leaves its place empty, and
// empty places go together once they are the most.
type list struct {
	entries []held
	empty   int // of entries
	size    Size
}

// held is a place in a list.
type held struct {
	Entry
	gone bool
}

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

// has tells whether the list holds a batch.
func (l *list) has(seq uint64) bool {
	i, found := l.find(seq)
	return found && !l.entries[i].gone
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
// most.
func (l *list) tidy() {
	for len(l.entries) > 0 && l.entries[0].gone {
		l.entries = l.entries[1:]
		l.empty--
	}
	if l.empty > len(l.entries)/2 {
		l.entries = slices.DeleteFunc(l.entries, func(h held) bool { return h.gone })
		l.empty = 0
	}
}

// find returns where seq is, or would be.
func (l *list) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(l.entries, seq, func(h held, seq uint64) int {
		return cmp.Compare(h.Seq, seq)
	})
}
