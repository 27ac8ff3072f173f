package queue

import (
	"cmp"
	"errors"
	"os"
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
//   - a segment whose records are all done with: removed
//   - a slot whose segments are all gone: removed, or taken by the next process
func (s *slot) load(d *Damage) ([]*segment, error) {
	entries, err := readDir(s.root)
	if err != nil {
		return nil, s.fail("read", "", err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	var all []*segment
	for _, e := range entries {
		first, ok := parseSegmentName(e.Name())
		if !ok {
			continue
		}
		s.last = max(s.last, first) // the name is not free, whatever is there
		if !e.Type().IsRegular() {
			continue
		}
		seg := &segment{slot: s, name: e.Name()}
		err := seg.recover(first, d)
		seg.close()
		switch {
		case errors.Is(err, errNoSegment):
			d.lose(0, s.fail("read", seg.name, err))
		case err != nil:
			return nil, s.fail("read", seg.name, err)
		case seg.size > 0:
			all = append(all, seg)
		}
	}
	return all, nil
}

// recover surveys the file and cuts off its end where that is not a record. An
// empty segment is removed, and its size is zero.
func (s *segment) recover(first uint64, d *Damage) error {
	if err := s.open(); err != nil {
		return err
	}
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size > maxSegmentFile {
		return errNoSegment
	}
	if size <= segmentHead {
		return s.remove()
	}
	found, ok := scan(s.file, size, first, s.slot.cursor.position)
	switch {
	case !ok && found.unread:
		return errUnread
	case !ok:
		return errNoSegment
	}
	s.salt, s.created = found.header.salt, found.header.created
	s.slot.last = max(s.slot.last, found.newest.number)
	if found.unread { // there may be more, with numbers that are not to be used again
		s.slot.last += uint64(size-found.end) / recordHead
	}
	s.cut(&found, size, d)
	if found.lost > 0 {
		d.Records += found.lost
		d.Err = s.slot.fail("read", s.name, errDamaged)
	}
	s.size, s.records, s.waiting = found.end, found.records, len(found.records)
	return nil
}

// cut takes off what is behind the last whole record, and that one where its
// body is not what was written: a crash can leave a file longer than its data.
// What the disk did not give is left there; it may give it another time.
func (s *segment) cut(found *survey, size int64, d *Damage) {
	if found.newest.number > 0 {
		if _, err := s.read(found.newest); errors.Is(err, errDamaged) {
			found.drop()
		}
	}
	if found.end == size {
		return
	}
	d.Torn++
	s.sealed = found.unread || s.file.Truncate(found.end) != nil
}
