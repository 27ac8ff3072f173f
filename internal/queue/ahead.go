package queue

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	maxAhead = 2  // bodies read ahead
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
	entries []Entry  // read, and not yet taken
	read    uint64   // batches on disk up to this number were read or passed over
	unread  int      // how many were passed over since the oldest
	doubt   bool     // the last one that was to be read
	stalled bool     // too many
}

// take returns the oldest that was read; there is one.
func (a *ahead) take() Entry {
	e := a.entries[0]
	a.entries[0] = Entry{}
	a.entries = a.entries[1:]
	if on, i := a.index.exactly(e.Seq); on != nil {
		on.records[i].state |= taken
	}
	return e
}

// keep puts the body of a batch on disk where it can be taken, in order.
func (a *ahead) keep(e Entry) {
	on, i := a.index.exactly(e.Seq)
	if on == nil {
		return // it was removed meanwhile
	}
	on.records[i].state |= inMemory
	at, _ := slices.BinarySearchFunc(a.entries, e.Seq, func(e Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
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
	return next == nil && len(a.entries) < maxAhead
}

// found notes that a batch was read, and failed that the disk did not give one.
func (a *ahead) found(e Entry) {
	a.read, a.doubt = e.Seq, false
	if a.unread == 0 {
		a.trouble.end()
	}
	a.keep(e)
}

func (a *ahead) failed(seq uint64, open bool, err error) {
	a.read = seq
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
	case on != nil && !a.stalled && (again || len(a.entries) < maxAhead):
		return true, 0
	case on == nil && a.unread == 0:
		a.doubt = false
		a.trouble.end()
	}
	return false, wait
}
