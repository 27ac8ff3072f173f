package queue

// Remove forgets a batch, in any order; one that is gone is ignored.
func (d *Disk) Remove(seq uint64) {
	d.index.mu.Lock()
	d.index.remove(seq)
	d.index.mu.Unlock()
	d.Settle()
}

// Settle brings to the disk what was removed: it moves the read positions up, and
// removes the segments in which nothing waits any more.
func (d *Disk) Settle() {
	for d.settleOne() {
	}
}

// settleOne settles one slot, and tells whether there was one.
func (d *Disk) settleOne() bool {
	s, moved := d.settleable()
	if s == nil {
		return false
	}
	s.cursor.write(moved)
	for _, seg := range d.index.finished(s) {
		d.discard(seg)
	}
	return true
}

// settleable returns a slot from which something was removed, and what its cursor
// is to say.
func (d *Disk) settleable() (*slot, progress) {
	d.index.mu.Lock()
	defer d.index.mu.Unlock()
	for _, s := range d.slots.all() {
		if s.dirty && !d.closed {
			s.dirty = false
			return s, d.index.progress(s)
		}
	}
	d.index.dirty = false
	return nil, progress{}
}

// discard removes the file of a segment, and an adopted slot with its last one.
func (d *Disk) discard(s *segment) {
	if d.reader.reading == s {
		d.reader.reading = nil
	}
	if err := s.remove(); err != nil {
		d.index.notice(Notice{Err: err})
	}
	if s.slot.segments--; s.slot.segments == 0 {
		d.slots.leave(s.slot)
	}
}
