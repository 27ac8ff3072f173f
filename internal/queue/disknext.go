package queue

import (
	"errors"
	"io"
	"io/fs"
)

// Next returns the oldest batch above a number that was not taken; false where
// there is none. A record that is not what was written leaves the queue, and shows
// in Notices. One that the disk does not give stays: the error is the disk's, and
// the entry has its number, from where the caller may go on.
func (d *Disk) Next(after uint64) (e Entry, ok bool, err error) {
	for {
		e, lost, err := d.readNext(after)
		if err != nil || e.Seq == 0 {
			return e, false, err
		}
		if !lost {
			return e, true, nil
		}
	}
}

// readNext reads one record. Its number is zero where there is none.
func (d *Disk) readNext(after uint64) (e Entry, lost bool, err error) {
	d.index.mu.Lock()
	s, i := d.index.findUnread(after)
	if s == nil {
		d.index.mu.Unlock()
		return Entry{}, false, nil
	}
	r := s.records[i]
	d.index.mu.Unlock()
	e.Seq = r.number
	if e.Batch, err = d.reader.read(s, r); err == nil {
		return e, false, nil
	}
	err = s.failRecord(r, err)
	if !isLost(err) {
		return e, false, err
	}
	d.lose(r.number, int(r.points), err)
	return e, true, nil
}

// isLost tells whether a record is not there any more. Other errors are the
// disk's, and may pass.
func isLost(err error) bool {
	for _, lost := range []error{errDamaged, errForeign, fs.ErrNotExist, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return false
}

// lose takes a record out of the queue, unless it went meanwhile.
func (d *Disk) lose(seq uint64, points int, cause error) {
	d.index.mu.Lock()
	if d.index.remove(seq) {
		d.index.notices = append(d.index.notices, Notice{Seq: seq, Points: points, Err: cause})
	}
	d.index.mu.Unlock()
	d.Settle()
}
