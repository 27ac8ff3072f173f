package queue

import (
	"fmt"

	"github.com/apptuitai/apptuit-go/encoding"
)

const keptBuffer = 1 << 20 // a larger one is not kept for the next append

// Push implements [Queue]. An error is the disk's: a full one, a failing one.
// What is in the queue then stays, and can be drained.
func (d *Disk) Push(b encoding.Batch) (seq uint64, evicted []Entry, err error) {
	if err := d.accepts(b); err != nil {
		return 0, nil, err
	}
	if err := d.prepare(recordHead + int64(len(b.Body))); err != nil {
		return 0, nil, err
	}
	seq = d.next
	if err := d.append(seq, b); err != nil {
		return 0, nil, err
	}
	return seq, d.evict(), nil
}

func (d *Disk) accepts(b encoding.Batch) error {
	switch {
	case d.closed:
		return errClosed
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
	if d.active != nil && !d.active.takes(need, d.segment) {
		d.retire()
	}
	if d.active != nil {
		return nil
	}
	s, err := newSegment(d.own, d.next)
	if err != nil {
		d.next++ // its name may be taken now
		return err
	}
	d.own.segments++
	d.used += s.size
	d.active, d.segments = s, append(d.segments, s)
	return nil
}

// retire ends the active segment.
func (d *Disk) retire() {
	s := d.active
	d.active = nil
	if s.waiting == 0 {
		d.discard(s)
	} else if s != d.reading {
		s.close()
	}
}

func (d *Disk) append(seq uint64, b encoding.Batch) error {
	s := d.active
	d.buf = s.salt.appendRecord(d.buf[:0], seq, b)
	err := s.append(d.buf)
	size := int64(len(d.buf))
	if cap(d.buf) > keptBuffer {
		d.buf = nil
	}
	if err != nil {
		if s.sealed { // its number may be on disk
			d.next++
		}
		return err
	}
	d.next++
	d.own.last = seq
	s.records = append(s.records, record{
		number: seq,
		offset: uint32(s.size - size),
		size:   uint32(len(b.Body)),
		points: uint32(b.Points),
	})
	s.waiting++
	d.used += size
	d.count(s.records[len(s.records)-1], 1)
	return nil
}

// evict makes the queue fit its bound. Only a whole segment frees space, so the
// batches of the oldest go together; they go after the newest one is on disk, so
// that a disk which takes nothing costs nothing.
func (d *Disk) evict() (evicted []Entry) {
	for (d.used > d.bound || d.size.Batches > maxRecords) && d.segments[0] != d.active {
		s := d.segments[0]
		for s.waiting > 0 {
			r := s.records[0]
			evicted = append(evicted, Entry{r.number, encoding.Batch{Points: int(r.points)}})
			d.forget(s, 0)
		}
		d.settle(s)
	}
	return evicted
}
