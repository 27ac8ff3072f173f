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

// settleOne settles one slot, and tells whether there was one. The cursor tells of
// a segment that goes before it is gone.
func (d *Disk) settleOne() bool {
	w, ok := d.unsettled()
	if !ok {
		return false
	}
	w.slot.cursor.write(w.moved)
	for _, done := range w.marks {
		d.mark(done)
	}
	for _, seg := range w.finished {
		d.discard(seg)
	}
	return true
}

// A settlement is what the disk is to be told of one slot.
type settlement struct {
	slot     *slot
	moved    progress   // what its cursor is to say
	marks    []doneWith // what that does not say
	finished []*segment // in which nothing waits
}

// doneWith are records of a segment in which others wait.
type doneWith struct {
	segment *segment
	records []record
}

// unsettled returns what is to be done for a slot from which something was removed.
func (d *Disk) unsettled() (settlement, bool) {
	d.index.mu.Lock()
	defer d.index.mu.Unlock()
	for _, s := range d.slots.all() {
		if !s.dirty || d.closed {
			continue
		}
		s.dirty = false
		w := settlement{slot: s, finished: d.index.finished(s)}
		w.moved = d.index.progress(s)
		w.marks = d.index.outOfTurn(s, w.moved.done.number)
		return w, true
	}
	d.index.dirty = false
	return settlement{}, false
}

// mark marks records as done with, where their file can be opened.
func (d *Disk) mark(done doneWith) {
	s := done.segment
	if s.removed || s.open() != nil {
		return
	}
	s.markDone(done.records)
	if s != d.reader.reading {
		d.reader.put(s)
	}
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
