package queue

import "hash/crc32"

const (
	cursorName = "cursor"
	cursorCopy = 64
	cursorSize = 2 * cursorCopy
)

// A mark is a place in the row of all records that a slot ever took.
type mark struct {
	number uint64 // of a record
	points uint64 // in all records up to it
}

// progress is what a cursor says.
type progress struct {
	done mark // records up to it are done with
	last mark // the newest record
	told mark // how many of those that are not done with were told to be missing, and their points
}

func (p *progress) marks() []*mark { return []*mark{&p.done, &p.last, &p.told} }

// A cursor is the read position of a slot, kept in a file of two copies that are
// written in turn: a write that fails half-way leaves the other one. Losing the
// cursor only means that records are sent again, and that what is cut off the end
// does not show; so nothing here is an error and nothing waits for the disk.
type cursor struct {
	progress
	file  file   // nil where there is none to be had
	count uint64 // of writes
}

// openCursor reads the cursor, or makes one: of its full size at once, for later
// the disk may be full. The error tells of a file that is not to be used; without
// it there is a cursor all the same.
func openCursor(open func(name string) (file, error)) (*cursor, error) {
	f, err := open(cursorName)
	if err != nil {
		return &cursor{}, err
	}
	c := &cursor{file: f}
	b := make([]byte, cursorSize)
	if n, _ := f.ReadAt(b, 0); n < cursorSize {
		f.WriteAt(b[n:], int64(n))
		f.Sync()
	}
	for i := range 2 {
		p, count, ok := parseProgress(b[i*cursorCopy:][:cursorCopy])
		if ok && count > c.count {
			c.progress, c.count = p, count
		}
	}
	return c, nil
}

func parseProgress(b []byte) (p progress, count uint64, ok bool) {
	end := cursorCopy - 4
	if order.Uint32(b[end:]) != crc32.Checksum(b[:end], castagnoli) {
		return progress{}, 0, false
	}
	count = order.Uint64(b)
	for i, m := range p.marks() {
		*m = mark{order.Uint64(b[8+16*i:]), order.Uint64(b[16+16*i:])}
		if m.number > maxNumber || m.points > maxTotal {
			return progress{}, 0, false
		}
	}
	return p, count, true
}

func (p progress) append(dst []byte, count uint64) []byte {
	at := len(dst)
	dst = order.AppendUint64(dst, count)
	for _, m := range p.marks() {
		dst = order.AppendUint64(dst, m.number)
		dst = order.AppendUint64(dst, m.points)
	}
	dst = order.AppendUint32(dst, 0)
	return order.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// write brings the progress to the disk, where it is another.
func (c *cursor) write(p progress) {
	if p == c.progress {
		return
	}
	c.progress = p
	if c.file == nil {
		return
	}
	b := p.append(make([]byte, 0, cursorCopy), c.count+1)
	if _, err := c.file.WriteAt(b, int64(c.count%2*cursorCopy)); err == nil {
		c.count++
	}
}

func (c *cursor) close() {
	if c.file != nil {
		c.file.Close()
	}
}
