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
	d.index.mu.Lock()
	seq = d.index.next
	d.index.next++
	d.index.mu.Unlock()
	r, err := d.write(b)
	if err != nil {
		return 0, err
	}
	d.index.mu.Lock()
	d.index.commit(seq, r, 0)
	d.index.mu.Unlock()
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
	if d.index.active != nil && !d.index.active.takes(need, d.opts.segment) {
		d.retire()
	}
	if d.index.active != nil {
		return nil
	}
	s, err := d.slots.own.newSegment()
	if err != nil {
		return err
	}
	d.slots.own.segments++
	d.index.mu.Lock()
	defer d.index.mu.Unlock()
	d.index.fill(s, s.size)
	d.index.active, d.index.segments = s, append(d.index.segments, s)
	return nil
}

// retire ends the active segment.
func (d *Disk) retire() {
	if d.index.active == nil {
		return
	}
	d.index.mu.Lock()
	s := d.index.active
	d.index.active = nil
	s.slot.dirty, d.index.dirty = s.slot.dirty || s.waiting == 0, true
	d.index.mu.Unlock()
	if s != d.reader.reading {
		d.reader.put(s)
	}
	d.Settle()
}

func (d *Disk) append(b encoding.Batch) (record, error) {
	s := d.index.active
	d.buf = s.salt.appendRecord(d.buf[:0], s.next, b)
	err := s.append(d.buf)
	size := int64(len(d.buf))
	if cap(d.buf) > keptBuffer {
		d.buf = nil
	}
	if errors.Is(err, errRemoved) {
		d.index.orphan(s)
	}
	if err != nil {
		if s.sealed { // its number may be on disk
			d.slots.own.next = s.next + 1
		}
		return record{}, err
	}
	r := newRecord(s.next-s.first, s.size-size, len(b.Body), b.Points)
	s.next++
	own := d.slots.own
	own.next, own.last = s.next, mark{s.next - 1, own.last.points + uint64(b.Points)}
	p := own.cursor.progress
	p.last = own.last
	own.cursor.write(p)
	return r, nil
}
