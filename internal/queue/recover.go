package queue

import (
	"errors"
	"slices"
)

// maxSegmentFile is more than any segment of ours has.
const maxSegmentFile = 2 << 30

var (
	errNoSegment = errors.New("it has no header of a segment that can be read; it is left as it is: move it away")
	errUnread    = errors.New("the disk does not give its header; it is left as it is: check the disk")
)

// load finds the segments of a slot, by number. Files that are none are not
// touched. An error means that a segment cannot be opened, which may pass: then
// the slot stays as it is.
//
// What a crash can leave, and what becomes of it:
//   - a directory without a lock, cursor or segment: they are made
//   - a cursor cut short: its copies do not hold, records are sent again
//   - a segment without a whole header and nothing behind it: removed
//   - a record that ends before its end, or whose body never came: cut off
//   - a record whose append failed and could not be cut off: sent, once more
//   - a record that is marked as done with, while others before it are not: passed over
//   - a segment whose records are all done with: removed
//   - a slot whose segments are all gone: removed, or taken by the next process
//
// What is missing besides, between two segments or at the end, is counted: each
// header and the cursor tell what was there before.
func (s *slot) load() ([]*segment, damage, error) {
	var d damage
	if s.strange != nil {
		d.tell(s.fail("open", cursorName, s.strange))
	}
	names, err := s.segmentNames()
	if err != nil {
		return nil, d, err
	}
	var all []*segment
	l := ledger{slot: s, at: s.cursor.done}
	for _, name := range names {
		seg := &segment{slot: s, name: name}
		seg.first, _ = parseSegmentName(name)
		s.next = max(s.next, seg.first+1) // the name is not free, whatever is there
		found, err := seg.recover()
		switch {
		case errors.Is(err, errNoSegment) || errors.Is(err, errForeign):
			d.tell(s.fail("read", name, err))
		case err != nil:
			seg.close()
			return nil, d, s.fail("read", name, err)
		case seg.size > 0:
			l.enter(seg, found)
			all = append(all, seg)
		}
		if seg.size == 0 || len(names) > s.files {
			seg.close()
		}
	}
	l.end(&d)
	return all, d, nil
}

// segmentNames returns the names of what may be segments, by number.
func (s *slot) segmentNames() (names []string, err error) {
	entries, err := readDir(s.root)
	if err != nil {
		return nil, s.fail("read", "", err)
	}
	for _, e := range entries {
		if _, ok := parseSegmentName(e.Name()); ok {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// recover surveys the file and cuts off its end where that is not a record. An
// empty segment is removed, and its size is zero.
func (s *segment) recover() (found survey, err error) {
	if err := s.open(); err != nil {
		return found, err
	}
	info, err := s.file.Stat()
	if err != nil {
		return found, err
	}
	size := info.Size()
	if size > maxSegmentFile {
		return found, errNoSegment
	}
	if size <= segmentHead {
		return found, s.remove()
	}
	found, ok := scan(s.file, size, s.first, s.slot.cursor.done.number)
	switch {
	case !ok && found.unread:
		return found, errUnread
	case !ok:
		return found, errNoSegment
	}
	s.salt, s.created = found.header.salt, found.header.created
	s.cut(&found, size)
	s.first, s.next = found.first, found.last+1
	if found.unread { // there may be more, with numbers that are not to be used again
		s.next += uint64(size-found.end) / recordHead
	}
	s.size, s.records, s.waiting = found.end, found.records, found.waiting
	s.before = found.header.before
	s.passed = max(s.before.points+found.passed, s.slot.cursor.done.points) + found.led
	return found, nil
}

// cut takes off what is behind the last whole record, and that one where its
// body is not what was written: a crash can leave a file longer than its data.
// What the disk did not give is left there; it may give it another time.
func (s *segment) cut(found *survey, size int64) {
	if found.last >= found.first {
		if _, err := s.readFrom(found.first, found.newest); errors.Is(err, errDamaged) {
			found.drop(s.slot.cursor.done.number)
		}
	}
	if found.end < size {
		s.sealed = found.unread || s.file.Truncate(found.end) != nil
	}
}

// A ledger adds up what a slot should hold, from segment to segment.
type ledger struct {
	slot  *slot
	at    mark  // the newest record up to here, and the points that there should be
	blind bool  // the disk did not give what was here last
	torn  error // what is strange about the end of the last segment
}

// enter takes in a segment, and finds what is missing before and in it.
func (l *ledger) enter(seg *segment, found survey) {
	before, done := found.header.before, l.slot.cursor.done
	l.compare(before)
	l.at = mark{max(l.at.number, found.first-1), max(before.points, done.points)}
	l.miss(gap{upTo: found.last, records: found.lost})
	l.at.number = max(l.at.number, found.last)
	l.at.points += found.points
	l.blind, l.torn = found.unread, nil
	if found.strange && !found.unread {
		l.torn = l.slot.fail("read", seg.name, errTorn)
	}
	l.slot.next = max(l.slot.next, seg.next)
}

// compare finds what is missing up to a record that there was.
func (l *ledger) compare(there mark) (found bool) {
	if l.blind || there.number < l.slot.cursor.done.number {
		return false
	}
	g := gap{upTo: there.number}
	g.records = there.number - min(there.number, l.at.number)
	g.points = there.points - min(there.points, l.at.points)
	return l.miss(g)
}

func (l *ledger) miss(g gap) bool {
	if g.records == 0 && g.points == 0 {
		return false
	}
	l.slot.missing = append(l.slot.missing, g)
	return true
}

// end tells what is missing and was not told before.
func (l *ledger) end(d *damage) {
	s := l.slot
	c := s.cursor.progress
	if !l.compare(c.last) && l.torn != nil {
		d.tell(l.torn)
	}
	s.last = mark{max(l.at.number, c.last.number), max(l.at.points, c.last.points)}
	s.next = max(s.next, s.last.number+1)
	all := s.stillMissing(c.done)
	records, points := all.number-min(all.number, c.told.number), all.points-min(all.points, c.told.points)
	if records > 0 || points > 0 {
		d.lose(records, points, s.fail("read", "", errMissing))
	}
}
