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

// line numbers the records that were found, one after the other.
func (d *Disk) line(found []*segment) {
	d.segments = slices.Clone(found)
	for _, s := range found {
		s.slot.segments++
		d.fill(s, s.size)
		d.number(s)
	}
	for _, s := range d.slots() {
		s.dirty = true
		if s.segments == 0 {
			d.leave(s)
		}
	}
	d.dirty = true
	d.Settle()
	d.resume()
}

func (d *Disk) number(s *segment) {
	for i := range s.records {
		s.records[i].number = d.next
		d.next++
		d.count(s, s.records[i], 1)
	}
}

// resume goes on writing in the last segment, so that a process which restarts
// again and again does not leave a file each time. It does so only where the
// next number in the file is the next one of the slot.
func (d *Disk) resume() {
	if len(d.segments) == 0 {
		return
	}
	s := d.segments[len(d.segments)-1]
	fits := s.slot == d.own && s.next == d.own.next
	if fits && !s.sealed && s.size < d.opts.segment && s.open() == nil {
		d.active = s
	}
}
