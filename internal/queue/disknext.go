package queue

import (
	"errors"
	"io"
	"io/fs"

	"github.com/apptuitai/apptuit-go/encoding"
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
	d.mu.Lock()
	s, i := d.findUnread(after)
	if s == nil {
		d.mu.Unlock()
		return Entry{}, false, nil
	}
	r := s.records[i]
	d.mu.Unlock()
	e.Seq = r.number
	if e.Batch, err = d.read(s, r); err == nil {
		return e, false, nil
	}
	err = s.failRecord(r, err)
	if !isLost(err) {
		return e, false, err
	}
	d.lose(r.number, int(r.points), err)
	return e, true, nil
}

// read opens the file of a segment in place of the one that was read before.
func (d *Disk) read(s *segment, r record) (encoding.Batch, error) {
	if d.reading != s {
		d.stopReading()
	}
	d.reading = nil
	if err := s.open(); err != nil {
		return encoding.Batch{}, err
	}
	d.reading = s
	return s.read(r)
}

// stopReading ends the reading of a file.
func (d *Disk) stopReading() {
	if s := d.reading; s != nil {
		d.put(s)
	}
	d.reading = nil
}

// put closes a file for now, where there are many. Few stay open: then what is in
// them can be read even where someone removes them.
func (d *Disk) put(s *segment) {
	if s != d.active && len(d.segments) > d.opts.files {
		s.close()
	}
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
	d.mu.Lock()
	if d.remove(seq) {
		d.notices = append(d.notices, Notice{Seq: seq, Points: points, Err: cause})
	}
	d.mu.Unlock()
	d.Settle()
}
