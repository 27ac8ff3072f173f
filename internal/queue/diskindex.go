package queue

import "math"

// The index of a Disk: what of it other goroutines use, with mu.

// find returns where the oldest record that waits above a number is; nil if
// there is none.
func (d *Disk) find(after uint64) (*segment, int) {
	return d.findThat(after, func(r record) bool { return !r.is(gone) })
}

// findUnread is find for those that are still to be read.
func (d *Disk) findUnread(after uint64) (*segment, int) {
	return d.findThat(after, func(r record) bool { return !r.is(gone | taken | inMemory) })
}

func (d *Disk) findThat(after uint64, fits func(record) bool) (*segment, int) {
	if after == math.MaxUint64 {
		return nil, 0
	}
	for _, s := range d.segments {
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
func (d *Disk) exactly(seq uint64) (*segment, int) {
	if seq == 0 {
		return nil, 0
	}
	s, i := d.find(seq - 1)
	if s == nil || s.records[i].number != seq {
		return nil, 0
	}
	return s, i
}

// remove takes a batch out of the queue; Settle does the rest on disk.
func (d *Disk) remove(seq uint64) (found bool) {
	s, i := d.exactly(seq)
	if s == nil {
		return false
	}
	d.forget(s, i)
	return true
}

func (d *Disk) forget(s *segment, i int) {
	d.count(s, s.records[i], -1)
	s.forget(i)
	s.slot.dirty, d.dirty = true, true
}

func (d *Disk) count(s *segment, r record, sign int) {
	d.size.add(sign, int(r.points), int64(r.size))
	if s.removed {
		d.volatile.add(sign, int(r.points), int64(r.size))
	}
	if s.slot.own && !s.removed {
		d.records += sign
	}
}

// fill counts bytes of a segment that the bound is about, and empty all of them
// out.
func (d *Disk) fill(s *segment, bytes int64) {
	if s.slot.own && !s.removed {
		s.counted += bytes
		d.used += bytes
	}
}

func (d *Disk) empty(s *segment) {
	d.used -= s.counted
	s.counted = 0
}
