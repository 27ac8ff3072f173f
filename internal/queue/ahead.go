package queue

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	maxAhead = 2  // bodies read ahead, in turn, and as many of those wanted out of turn
	maxKept  = 16 // bodies kept once they are on disk, while it takes batches and does not give them
)

// maxUnread is how many records are passed over because the disk does not give
// them: those in a bad block, but not all of a disk that is away.
const maxUnread = 128

// An ahead holds what a Spool read from the disk and can be taken at once. Who
// uses it holds the mutex of the index.
type ahead struct {
	index   *index
	trouble *trouble // of reads
	entries []Entry  // read, and not yet taken; by number
	read    uint64   // batches on disk up to this number were read or passed over, in turn
	wanted  span     // the batches that were asked for out of turn; none where it ends with 0
	unread  int      // how many were passed over since the oldest
	doubt   bool     // the last one that was to be read
	stalled bool     // too many
}

// first returns where in entries the oldest of a span is; false where none is there.
func (a *ahead) first(within span) (i int, ok bool) {
	i, _ = a.find(within.first)
	return i, i < len(a.entries) && within.has(a.entries[i].Seq)
}

// find returns where in entries a batch is, or would be.
func (a *ahead) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(a.entries, seq, func(e Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
}

// take returns one that was read.
func (a *ahead) take(i int) Entry {
	e := a.entries[i]
	a.entries = slices.Delete(a.entries, i, i+1)
	if on, i := a.index.exactly(e.Seq); on != nil {
		on.records[i].state |= taken
	}
	return e
}

// giveBack lets a batch on disk be read and taken again.
func (a *ahead) giveBack(seq uint64) {
	on, i := a.index.exactly(seq)
	if on == nil {
		return
	}
	on.records[i].state &^= taken | inMemory
	if a.unread == 0 { // else it begins again with the oldest anyway
		a.read = min(a.read, seq-1)
	}
}

// want asks for batches out of turn. What was read of others so is let go.
func (a *ahead) want(within span) {
	if a.wanted.last != within.last {
		a.entries = slices.DeleteFunc(a.entries, func(e Entry) bool {
			stale := a.wanted.has(e.Seq)
			if stale {
				a.giveBack(e.Seq)
			}
			return stale
		})
	}
	a.wanted = within
}

// unreadWanted tells whether there is one to be read that was asked for out of turn.
func (a *ahead) unreadWanted() bool {
	if a.wanted.last == 0 || a.unread > 0 || a.held(true) >= maxAhead {
		return false
	}
	return a.oldestUnread(a.wanted, a.wanted.first-1) > 0
}

// oldestUnread returns the oldest batch of a span, above a number, that is to be read;
// 0 for none.
func (a *ahead) oldestUnread(within span, after uint64) uint64 {
	on, i := a.index.findUnread(after)
	if on == nil || !within.has(on.records[i].number) {
		return 0
	}
	return on.records[i].number
}

// held counts what was read, of those that were asked for out of turn or of the
// others.
func (a *ahead) held(wanted bool) (n int) {
	for _, e := range a.entries {
		if a.wanted.has(e.Seq) == wanted {
			n++
		}
	}
	return n
}

// keep puts the body of a batch on disk where it can be taken, in order.
func (a *ahead) keep(e Entry) {
	on, i := a.index.exactly(e.Seq)
	if on == nil {
		return // it was removed meanwhile
	}
	on.records[i].state |= inMemory
	at, _ := a.find(e.Seq)
	a.entries = slices.Insert(a.entries, at, e)
}

// forget drops what was read of batches that are gone.
func (a *ahead) forget() {
	rest := a.entries[:0]
	for _, e := range a.entries {
		if on, _ := a.index.exactly(e.Seq); on != nil {
			rest = append(rest, e)
		}
	}
	clear(a.entries[len(rest):])
	a.entries = rest
}

// keeps tells whether a batch that is on disk now stays in memory as one that was
// read: where it would be read next, or could not be.
func (a *ahead) keeps() bool {
	if a.doubt {
		return len(a.entries) < maxKept
	}
	next, _ := a.index.findUnread(a.read)
	return next == nil && a.held(false) < maxAhead
}

// found notes that a batch was read, and failed that the disk did not give one.
func (a *ahead) found(e Entry, wanted bool) {
	a.doubt = false
	if !wanted {
		a.read = e.Seq
	}
	if a.unread == 0 {
		a.trouble.end()
	}
	a.keep(e)
}

func (a *ahead) failed(seq uint64, wanted, open bool, err error) {
	if !wanted {
		a.read = seq
	}
	if a.unread == 0 {
		a.trouble.begin(fmt.Errorf("%w: batches wait on the disk until it gives them; check the disk", err))
	}
	a.unread++
	a.doubt = true
	a.stalled = a.unread >= maxUnread || !open // it cannot even be opened
}

// plan tells whether to read now, or how long to wait. Those that could not be
// read are passed over; after a wait it begins again with the oldest.
func (a *ahead) plan() (now bool, wait time.Duration) {
	if a.unread > 0 {
		if wait = a.trouble.left(); wait == 0 {
			a.unread, a.stalled, a.read = 0, false, 0
		}
	}
	on, _ := a.index.findUnread(a.read)
	again := a.unread == 0 && a.trouble.err != nil
	switch {
	case a.unreadWanted():
		return true, 0
	case on != nil && !a.stalled && (again || a.held(false) < maxAhead):
		return true, 0
	case on == nil && a.unread == 0:
		a.doubt = false
		a.trouble.end()
	}
	return false, wait
}
