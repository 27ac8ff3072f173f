package queue

import "slices"

// Remove implements [Queue].
func (d *Disk) Remove(seq uint64) {
	if seq == 0 {
		return
	}
	s, i := d.find(seq - 1)
	if s == nil || s.records[i].number != seq {
		return
	}
	d.forget(s, i)
	d.settle(s)
}

// forget takes a record out of the count; settle has to follow.
func (d *Disk) forget(s *segment, i int) {
	d.count(s.records[i], -1)
	s.forget(i)
}

// settle moves the read position of a segment's slot up, and removes the segment
// where nothing in it waits any more.
func (d *Disk) settle(s *segment) {
	s.slot.cursor.advance(d.position(s.slot))
	if s.waiting == 0 && s != d.active {
		d.discard(s)
	}
}

// position is below the lowest number in a slot that waits.
func (d *Disk) position(of *slot) uint64 {
	for _, s := range d.segments {
		if s.slot == of && s.waiting > 0 {
			return s.records[0].number - s.shift - 1
		}
	}
	return of.last
}

// discard removes a segment, and an adopted slot with its last one.
func (d *Disk) discard(s *segment) {
	if d.reading == s {
		d.reading = nil
	}
	if err := s.remove(); err != nil {
		d.damage.Err = err
	}
	d.used -= s.size
	d.segments = without(d.segments, s)
	if s.slot.segments--; s.slot.segments == 0 {
		d.leave(s.slot)
	}
}

// leave removes an adopted slot, whose records are all done with.
func (d *Disk) leave(s *slot) {
	if s != d.own {
		d.adopted = without(d.adopted, s)
		s.remove()
	}
}

func without[T comparable](all []T, one T) []T {
	return slices.DeleteFunc(all, func(other T) bool { return other == one })
}

func (d *Disk) count(r record, sign int) {
	d.size.Batches += sign
	d.size.Points += sign * int(r.points)
	d.size.Bytes += int64(sign) * int64(r.size)
}
