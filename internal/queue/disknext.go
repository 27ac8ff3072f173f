package queue

import (
	"errors"
	"io"
	"io/fs"
	"math"

	"github.com/apptuitai/apptuit-go/encoding"
)

// maxUnread is how many records Next passes over because the disk does not give
// them: those in a bad block, but not all of a disk that is away.
const maxUnread = 128

// Next implements [Queue].
func (d *Disk) Next(after uint64) (Entry, bool) {
	for unread := 0; unread < maxUnread; {
		s, i := d.find(after)
		if s == nil {
			return Entry{}, false
		}
		r := s.records[i]
		b, err := d.read(s, r)
		switch {
		case err == nil:
			d.unread = false
			return Entry{r.number, b}, true
		case isLost(err):
			d.lose(s, i, err)
			continue
		}
		d.tellUnread(s.failRecord(r, err))
		if s.file == nil { // it cannot be opened: too many files are open, say
			return Entry{}, false
		}
		after = r.number
		unread++
	}
	return Entry{}, false
}

// read opens the file of a segment in place of the one that was read before.
func (d *Disk) read(s *segment, r record) (encoding.Batch, error) {
	if d.reading != s {
		d.stopReading()
	}
	if err := s.open(); err != nil {
		return encoding.Batch{}, err
	}
	d.reading = s
	return s.read(r)
}

func (d *Disk) stopReading() {
	if s := d.reading; s != nil && s != d.active {
		s.close()
	}
	d.reading = nil
}

// tellUnread tells once that the disk does not give what it has, until it does.
func (d *Disk) tellUnread(err error) {
	if !d.unread {
		d.unread, d.damage.Err = true, err
	}
}

// isLost tells whether a record is not there any more. Other errors are the
// disk's, and may pass.
func isLost(err error) bool {
	for _, lost := range []error{errDamaged, fs.ErrNotExist, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return false
}

// lose takes a record out of the queue and counts it as damage.
func (d *Disk) lose(s *segment, i int, cause error) {
	r := s.records[i]
	d.damage.lose(int(r.points), s.failRecord(r, cause))
	d.damage.Lost = append(d.damage.Lost, r.number)
	d.forget(s, i)
	d.settle(s)
}

// find returns where the oldest record that waits above a number is; nil if
// there is none.
func (d *Disk) find(after uint64) (*segment, int) {
	if after == math.MaxUint64 {
		return nil, 0
	}
	for _, s := range d.segments {
		if s.waiting == 0 || s.newest() <= after {
			continue
		}
		if i := s.find(after); i < len(s.records) {
			return s, i
		}
	}
	return nil, 0
}
