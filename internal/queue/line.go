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
	d.index.segments = slices.Clone(found)
	for _, s := range found {
		s.slot.segments++
		d.index.fill(s, s.size)
		d.index.number(s)
	}
	for _, s := range d.slots.all() {
		s.dirty = true
		if s.segments == 0 {
			d.slots.leave(s)
		}
	}
	d.index.dirty = true
	d.Settle()
	d.resume()
}

// resume goes on writing in the last segment, so that a process which restarts
// again and again does not leave a file each time. It does so only where the
// next number in the file is the next one of the slot.
func (d *Disk) resume() {
	if len(d.index.segments) == 0 {
		return
	}
	s := d.index.segments[len(d.index.segments)-1]
	fits := s.slot == d.slots.own && s.next == d.slots.own.next
	if fits && !s.sealed && s.size < d.opts.segment && s.open() == nil {
		d.index.active = s
	}
}
