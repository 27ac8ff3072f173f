package queue

import (
	"bytes"
	"io"
)

const (
	windowSize = 16 << 10
	diskBlock  = 4 << 10 // what is passed over where the disk does not give it
)

// A survey is what the headers in a segment say. Bodies are not read: opening a
// large spool is fast, and each body is checked when its turn comes.
type survey struct {
	header  segmentHeader
	first   uint64   // the number of the first record that can be here
	records []record // from the first that waits on, by number
	waiting int      // of them
	newest  record   // the last one, waiting or not
	last    uint64   // its number in the file; less than first where there is none
	end     int64    // of the last one
	passed  uint64   // points in those that the cursor says are done with
	points  uint64   // and in the others
	led     uint64   // in those of the others that are done with, and before the first that waits
	lost    uint64   // that waited between others and cannot be found
	unread  bool     // the disk did not give all of it
	strange bool     // what is behind the end is more than a crash leaves of one append
}

// scan surveys a segment of that size, of which the records up to done are done
// with. It is false where the segment has no header that can be read.
//
// Whatever the bytes are it ends in time linear to size, and what it allocates
// is less than what is in the file.
func scan(r io.ReaderAt, size int64, first, done uint64) (survey, bool) {
	w := window{r: r, size: size}
	h, ok := parseSegmentHeader(w.view(0, segmentHead))
	if !ok {
		return survey{unread: w.failed}, false
	}
	first = max(first, 1)
	s := survey{header: h, first: first, last: first - 1, end: segmentHead}
	for {
		at, h, ok := w.seek(s.end, s.header.salt, s.last, first)
		s.unread = w.failed
		if !ok || at+h.size() > size {
			s.strange = !s.remains(&w)
			return s, true
		}
		if skipped := at - s.end; skipped > 0 && h.number > done {
			s.lost += missing(h.number-max(s.last, done)-1, skipped)
		}
		s.add(at, h, done)
	}
}

// remains tells whether what is behind the last record is what a crash leaves of
// one append: too little to be a record, or one that is cut short.
func (s *survey) remains(w *window) bool {
	rest := w.size - s.end
	if rest < recordHead {
		return true
	}
	h, ok := s.header.salt.parseRecord(w.view(s.end, recordHead))
	return ok && h.number == s.last+1 && h.size() >= rest
}

// missing is how many records that wait are lost in a stretch of a file, given
// how many numbers are.
func missing(numbers uint64, stretch int64) uint64 {
	return min(numbers, uint64(stretch+recordHead-1)/recordHead)
}

func (s *survey) add(at int64, h recordHeader, done uint64) {
	s.newest, s.last = newRecord(h.number-s.first, at, int(h.length), int(h.points)), h.number
	s.end = at + h.size()
	if h.done {
		s.newest.state |= gone
	}
	s.count(h.number <= done, 1)
	if h.number > done && s.waiting > 0 {
		s.records = append(s.records, s.newest)
	}
}

// drop takes the newest record back.
func (s *survey) drop(done uint64) {
	if n := len(s.records); n > 0 && s.records[n-1] == s.newest {
		s.records = s.records[:n-1]
	}
	s.count(s.last <= done, -1)
	s.end = int64(s.newest.offset)
	s.last--
}

// count takes the newest record into the figures, or out of them.
func (s *survey) count(passed bool, sign int) {
	points := uint64(sign) * uint64(s.newest.points)
	switch {
	case passed:
		s.passed += points
		return
	case !s.newest.is(gone):
		s.waiting += sign
	case s.waiting == 0:
		s.led += points
	}
	s.points += points
}

// A window is the part of a file that was read last.
type window struct {
	r      io.ReaderAt
	size   int64
	at     int64 // where buf begins
	buf    []byte
	failed bool // the disk did not give what it should
}

// view returns n bytes, or fewer where the file or the disk does not give them.
// They are valid until the next call.
func (w *window) view(off int64, n int) []byte {
	if off < w.at || off+int64(n) > w.at+int64(len(w.buf)) {
		w.fill(off)
	}
	b := w.buf[off-w.at:]
	return b[:min(n, len(b))]
}

func (w *window) fill(off int64) {
	if w.buf == nil {
		w.buf = make([]byte, min(windowSize, w.size))
	}
	w.buf = w.buf[:min(int64(cap(w.buf)), w.size-off)]
	n, _ := w.r.ReadAt(w.buf, off)
	w.failed = w.failed || n < len(w.buf)
	w.at, w.buf = off, w.buf[:n]
}

// seek finds the first intact header of a record at or behind off with a number
// above last, and not too far above that of the first one.
func (w *window) seek(off int64, s salt, last, first uint64) (at int64, h recordHeader, ok bool) {
	for off+recordHead <= w.size {
		b := w.view(off, recordHead)
		if len(b) < recordHead {
			off += diskBlock - off%diskBlock
			continue
		}
		if h, ok := s.parseRecord(b); ok && h.number > last && h.number-first <= placeBits {
			return off, h, true
		}
		off = w.nextMagic(off + 1)
	}
	return 0, recordHeader{}, false
}

// nextMagic returns where in the window a record may begin, or how far none does.
func (w *window) nextMagic(off int64) int64 {
	rest := w.buf[off-w.at:]
	next := max(0, len(rest)-len(recordMagic)+1)
	for _, magic := range []string{recordMagic, doneMagic} {
		if i := bytes.Index(rest[:min(len(rest), next+len(magic))], []byte(magic)); i >= 0 {
			next = min(next, i)
		}
	}
	return off + int64(next)
}
