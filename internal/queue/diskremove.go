package queue

// Remove forgets a batch, in any order; one that is gone is ignored.
func (d *Disk) Remove(seq uint64) {
	d.mu.Lock()
	d.remove(seq)
	d.mu.Unlock()
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
	for _, seg := range d.finished(s) {
		d.discard(seg)
	}
	return true
}

// settleable returns a slot from which something was removed, and what its cursor
// is to say.
func (d *Disk) settleable() (*slot, progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.slots() {
		if s.dirty && !d.closed {
			s.dirty = false
			return s, d.progress(s)
		}
	}
	d.dirty = false
	return nil, progress{}
}

// progress is what the cursor of a slot is to say.
func (d *Disk) progress(of *slot) progress {
	p := progress{done: of.last, last: of.last}
	for _, s := range d.segments {
		if s.slot == of && s.waiting > 0 {
			p.done = mark{s.first + uint64(s.records[0].place()) - 1, s.passed}
			break
		}
	}
	p.told = of.stillMissing(p.done)
	return p
}

// finished takes those segments of a slot out of the queue in which nothing
// waits. The active one stays.
func (d *Disk) finished(of *slot) (all []*segment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rest := d.segments[:0:0]
	for _, s := range d.segments {
		if s.slot != of || s.waiting > 0 || s == d.active {
			rest = append(rest, s)
			continue
		}
		d.empty(s)
		all = append(all, s)
	}
	if len(all) > 0 {
		d.segments = rest
	}
	return all
}

// discard removes the file of a segment, and an adopted slot with its last one.
func (d *Disk) discard(s *segment) {
	if d.reading == s {
		d.reading = nil
	}
	if err := s.remove(); err != nil {
		d.notice(Notice{Err: err})
	}
	if s.slot.segments--; s.slot.segments == 0 {
		d.leave(s.slot)
	}
}

// leave removes a slot, whose records are all done with, unless it is ours.
func (d *Disk) leave(s *slot) {
	if s == d.own {
		return
	}
	d.mu.Lock()
	d.adopted = without(d.adopted, s)
	d.mu.Unlock()
	s.remove()
}
