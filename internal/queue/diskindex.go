package queue

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

// An index knows where the records of a Disk are, and which wait. Its methods
// orphan and notice lock mu; the others are called with it, or while
// nobody else knows the Disk. No disk is waited for under mu.
type index struct {
	bound int64

	mu       sync.Mutex // guards what follows
	segments []*segment // by number; only who uses the Disk changes them, and looks without mu
	active   *segment   // where the next record goes; nil if a new one is to be made; as above
	next     uint64     // the number of the next batch
	used     int64      // bytes of the segments in slots of our own
	records  int        // that wait in them
	size     Size
	volatile Size // the part in files that were removed
	dirty    bool // there is something to settle
	notices  []Notice
}

// findUnread returns where the oldest record above a number is that is still to be
// read; nil if there is none.
func (x *index) findUnread(after uint64) (*segment, int) {
	return x.findThat(after, func(r record) bool { return !r.is(gone | taken | inMemory) })
}

func (x *index) findThat(after uint64, fits func(record) bool) (*segment, int) {
	if after == math.MaxUint64 {
		return nil, 0
	}
	for _, s := range x.segments {
		if s.waiting == 0 || s.newest() <= after {
			continue
		}
		for i := s.find(after); i < len(s.records); i++ {
			if fits(s.records[i]) {
				return s, i
			}
		}
	}
	return nil, 0
}

// exactly returns where the record of that number waits.
func (x *index) exactly(seq uint64) (*segment, int) {
	for _, s := range x.segments {
		if seq == 0 || s.waiting == 0 || s.newest() < seq {
			continue
		}
		i := s.find(seq - 1)
		if s.records[i].number != seq || s.records[i].is(gone) {
			return nil, 0
		}
		return s, i
	}
	return nil, 0
}

// remove takes a batch out of the queue; Settle does the rest on disk.
func (x *index) remove(seq uint64) (found bool) {
	s, i := x.exactly(seq)
	if s == nil {
		return false
	}
	x.forget(s, i)
	return true
}

func (x *index) forget(s *segment, i int) {
	x.count(s, s.records[i], -1)
	s.forget(i)
	s.slot.dirty, x.dirty = true, true
}

func (x *index) count(s *segment, r record, sign int) {
	x.size.add(sign, int(r.points), int64(r.size))
	if s.removed {
		x.volatile.add(sign, int(r.points), int64(r.size))
	}
	if s.slot.own && !s.removed {
		x.records += sign
	}
}

// fill counts bytes of a segment that the bound is about, and empty all of them
// out.
func (x *index) fill(s *segment, bytes int64) {
	if s.slot.own && !s.removed {
		s.counted += bytes
		x.used += bytes
	}
}

func (x *index) empty(s *segment) {
	x.used -= s.counted
	s.counted = 0
}

func (x *index) number(s *segment) {
	for i := range s.records {
		s.records[i].number = x.next
		x.next++
		if !s.records[i].is(gone) {
			x.count(s, s.records[i], 1)
		}
	}
}

// commit puts a record that was written into the index. Only a whole segment
// frees space, so the batches of the oldest one go together where the bound is
// passed; they go after the newest one is on disk, so that a disk which takes
// nothing costs nothing.
func (x *index) commit(seq uint64, r record, flags uint32) {
	s := x.active
	r.number = seq
	r.state |= flags
	if len(s.records) == 0 {
		s.passed = s.slot.last.points - uint64(r.points)
	}
	s.records = append(s.records, r)
	s.waiting++
	x.fill(s, r.length())
	x.count(s, r, 1)
	for x.used > x.bound || x.records > maxRecords {
		if !x.evict() {
			return
		}
	}
}

// evict takes the batches of the oldest segment of ours that is not the active
// one.
func (x *index) evict() bool {
	for _, s := range x.segments {
		if !s.slot.own || s.removed || s == x.active || s.waiting == 0 {
			continue
		}
		for s.waiting > 0 {
			r := s.records[0]
			x.notices = append(x.notices, Notice{Seq: r.number, Points: int(r.points), Full: true})
			x.forget(s, 0)
		}
		x.empty(s)
		return true
	}
	return false
}

// orphan notes that the file of a segment has no name any more. Where it is not
// open what waits in it is lost.
func (x *index) orphan(s *segment) {
	x.mu.Lock()
	defer x.mu.Unlock()
	err := s.slot.fail("look for", s.name, errRemoved)
	for s.file == nil && s.waiting > 0 {
		r := s.records[0]
		x.notices = append(x.notices, Notice{Seq: r.number, Points: int(r.points), Err: err})
		x.forget(s, 0)
	}
	all := s.held()
	if all.Batches > 0 {
		x.notices = append(x.notices, Notice{Err: fmt.Errorf("%w: %d batches in it can be sent yet, but end with the process", err, all.Batches)})
	}
	x.volatile = x.volatile.plus(all)
	x.empty(s)
	if s.slot.own {
		x.records -= s.waiting
	}
	s.removed, s.sealed = true, true
	if x.active == s {
		x.active = nil
	}
	s.slot.dirty, x.dirty = true, true
}

// progress is what the cursor of a slot is to say.
func (x *index) progress(of *slot) progress {
	p := progress{done: of.last, last: of.last}
	for _, s := range x.segments {
		if s.slot == of && s.waiting > 0 {
			p.done = mark{s.first + uint64(s.records[0].place()) - 1, s.passed}
			break
		}
	}
	p.told = of.stillMissing(p.done)
	return p
}

// outOfTurn returns the records of a slot that are done with though the cursor,
// which says that those up to a number are, does not tell.
func (x *index) outOfTurn(of *slot, done uint64) (all []doneWith) {
	for _, s := range x.segments {
		if s.slot != of || len(s.settled) == 0 {
			continue
		}
		records := slices.DeleteFunc(s.settled, func(r record) bool { return s.first+uint64(r.place()) <= done })
		s.settled = nil
		if len(records) > 0 {
			all = append(all, doneWith{s, records})
		}
	}
	return all
}

// finished takes those segments of a slot out of the queue in which nothing
// waits. The active one stays.
func (x *index) finished(of *slot) (all []*segment) {
	rest := x.segments[:0:0]
	for _, s := range x.segments {
		if s.slot != of || s.waiting > 0 || s == x.active {
			rest = append(rest, s)
			continue
		}
		x.empty(s)
		of.leaveGap(s)
		all = append(all, s)
	}
	if len(all) > 0 {
		x.segments = rest
	}
	return all
}

func (x *index) takeNotices() []Notice {
	all := x.notices
	x.notices = nil
	return all
}

func (x *index) notice(n Notice) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.notices = append(x.notices, n)
}
