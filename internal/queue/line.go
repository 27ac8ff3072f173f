package queue

import "slices"

// merge puts the segments of several slots in a row by their age. Those of one
// slot keep their order, whatever the clock did.
func merge(slots [][]*segment) (row []*segment) {
	for {
		oldest := -1
		for i, s := range slots {
			if len(s) > 0 && (oldest < 0 || s[0].created < slots[oldest][0].created) {
				oldest = i
			}
		}
		if oldest < 0 {
			return row
		}
		row = append(row, slots[oldest][0])
		slots[oldest] = slots[oldest][1:]
	}
}

// line numbers the records that were found, one after the other, and goes on
// above every number that was ever used in the slots.
func (d *Disk) line(found []*segment) {
	for _, s := range found {
		s.slot.segments++
		d.used += s.size
	}
	above := uint64(0)
	for _, s := range d.slots() {
		above = max(above, s.last)
		if s.segments == 0 {
			d.leave(s)
		}
	}
	d.segments = slices.Clone(found)
	for _, s := range found {
		if s.waiting == 0 {
			d.discard(s)
		} else {
			d.number(s)
		}
	}
	d.next = max(d.next, above+1)
	d.resume()
}

func (d *Disk) number(s *segment) {
	if first := s.records[0].number; first < d.next {
		s.shift = d.next - first
	}
	for i := range s.records {
		s.records[i].number += s.shift
		d.count(s.records[i], 1)
	}
	d.next = s.newest() + 1
}

// resume goes on writing in the last segment, so that a process which restarts
// again and again does not leave a file each time. It does so only where the
// next number in the file and in the queue are the same.
func (d *Disk) resume() {
	if len(d.segments) == 0 {
		return
	}
	s := d.segments[len(d.segments)-1]
	fits := s.slot == d.own && s.shift == 0 && s.newest()+1 == d.next
	if fits && !s.sealed && s.size < d.segment && s.open() == nil {
		d.active = s
	}
}
