package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

const (
	keptBuffer = 1 << 20 // a larger one is not kept for the next append
)

// Push adds a batch at the end. An error is the disk's: a full one, a failing
// one. What is in the queue then stays, and can be drained.
func (d *Disk) Push(b encoding.Batch) (seq uint64, err error) {
	d.mu.Lock()
	seq = d.next
	d.next++
	d.mu.Unlock()
	r, err := d.write(b)
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	d.commit(seq, r, 0)
	d.mu.Unlock()
	d.Settle()
	return seq, nil
}

// write brings a batch to the disk, where commit has to put it into the index.
func (d *Disk) write(b encoding.Batch) (record, error) {
	if err := accepts(b); err != nil {
		return record{}, err
	}
	if d.closed {
		return record{}, errClosed
	}
	r, err := d.tryWrite(b)
	if errors.Is(err, errRemoved) || errors.Is(err, fs.ErrNotExist) {
		d.looked = time.Time{}
		r, err = d.tryWrite(b) // elsewhere
	}
	return r, err
}

func (d *Disk) tryWrite(b encoding.Batch) (record, error) {
	if err := d.look(); err != nil {
		return record{}, err
	}
	if err := d.prepare(recordHead + int64(len(b.Body))); err != nil {
		return record{}, err
	}
	return d.append(b)
}

// accepts finds what makes a batch one that no disk can take.
func accepts(b encoding.Batch) error {
	switch {
	case len(b.Body) > maxBody:
		return fmt.Errorf("spool: a body of %d bytes is too long: %d is the most", len(b.Body), maxBody)
	case b.Points < 0 || b.Points > maxPoints || !b.Compression.Valid():
		return fmt.Errorf("spool: a batch of %d points, %s, cannot be", b.Points, b.Compression)
	}
	return nil
}

// prepare sees to it that there is an active segment with room for a record, or
// one that is empty.
func (d *Disk) prepare(need int64) error {
	if d.active != nil && !d.active.takes(need, d.opts.segment) {
		d.retire()
	}
	if d.active != nil {
		return nil
	}
	s, err := d.own.newSegment()
	if err != nil {
		return err
	}
	d.own.segments++
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fill(s, s.size)
	d.active, d.segments = s, append(d.segments, s)
	return nil
}

// retire ends the active segment.
func (d *Disk) retire() {
	if d.active == nil {
		return
	}
	d.mu.Lock()
	s := d.active
	d.active = nil
	s.slot.dirty, d.dirty = s.slot.dirty || s.waiting == 0, true
	d.mu.Unlock()
	if s != d.reading {
		d.put(s)
	}
	d.Settle()
}

func (d *Disk) append(b encoding.Batch) (record, error) {
	s := d.active
	d.buf = s.salt.appendRecord(d.buf[:0], s.next, b)
	err := s.append(d.buf)
	size := int64(len(d.buf))
	if cap(d.buf) > keptBuffer {
		d.buf = nil
	}
	if errors.Is(err, errRemoved) {
		d.orphan(s)
	}
	if err != nil {
		if s.sealed { // its number may be on disk
			d.own.next = s.next + 1
		}
		return record{}, err
	}
	r := newRecord(s.next-s.first, s.size-size, len(b.Body), b.Points)
	s.next++
	d.own.next, d.own.last = s.next, mark{s.next - 1, d.own.last.points + uint64(b.Points)}
	p := d.own.cursor.progress
	p.last = d.own.last
	d.own.cursor.write(p)
	return r, nil
}

// commit puts a record that was written into the index. Only a whole segment
// frees space, so the batches of the oldest one go together where the bound is
// passed; they go after the newest one is on disk, so that a disk which takes
// nothing costs nothing.
func (d *Disk) commit(seq uint64, r record, flags uint32) {
	s := d.active
	r.number = seq
	r.state |= flags
	if len(s.records) == 0 {
		s.passed = d.own.last.points - uint64(r.points)
	}
	s.records = append(s.records, r)
	s.waiting++
	d.fill(s, r.length())
	d.count(s, r, 1)
	for d.used > d.opts.Bound || d.records > maxRecords {
		if !d.evict() {
			return
		}
	}
}

// evict takes the batches of the oldest segment of ours that is not the active
// one.
func (d *Disk) evict() bool {
	for _, s := range d.segments {
		if !s.slot.own || s.removed || s == d.active || s.waiting == 0 {
			continue
		}
		for s.waiting > 0 {
			r := s.records[0]
			d.notices = append(d.notices, Notice{Seq: r.number, Points: int(r.points), Full: true})
			d.forget(s, 0)
		}
		d.empty(s)
		return true
	}
	return false
}
