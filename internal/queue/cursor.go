package queue

import "hash/crc32"

const (
	cursorName = "cursor"
	cursorCopy = 16
	cursorSize = 2 * cursorCopy
)

// A cursor is the read position of a slot, kept in a file of two copies that are
// written in turn: a write that fails half-way leaves the other one. Losing the
// cursor only means that records are sent again, so nothing here is an error and
// no advance waits for the disk.
type cursor struct {
	file     file   // nil where there is none to be had
	position uint64 // records up to this number are done with
	turn     int    // the copy to write next
}

// openCursor reads the cursor, or makes one: of its full size at once, for later
// the disk may be full.
func openCursor(open func(name string) (file, error)) *cursor {
	f, err := open(cursorName)
	if err != nil {
		return &cursor{}
	}
	c := &cursor{file: f}
	b := make([]byte, cursorSize)
	if n, _ := f.ReadAt(b, 0); n < cursorSize {
		f.WriteAt(b[n:], int64(n))
		f.Sync()
	}
	for i := range 2 {
		p, ok := parsePosition(b[i*cursorCopy:][:cursorCopy])
		if ok && p > c.position {
			c.position, c.turn = p, 1-i
		}
	}
	return c
}

func parsePosition(b []byte) (position uint64, ok bool) {
	position = order.Uint64(b)
	return position, position <= maxNumber && order.Uint32(b[12:]) == crc32.Checksum(b[:12], castagnoli)
}

func appendPosition(dst []byte, position uint64) []byte {
	at := len(dst)
	dst = order.AppendUint64(dst, position)
	dst = order.AppendUint32(dst, 0)
	return order.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// advance moves the position up.
func (c *cursor) advance(position uint64) {
	if position <= c.position {
		return
	}
	c.position = position
	if c.file == nil {
		return
	}
	b := appendPosition(make([]byte, 0, cursorCopy), position)
	if _, err := c.file.WriteAt(b, int64(c.turn*cursorCopy)); err == nil {
		c.turn = 1 - c.turn
	}
}

func (c *cursor) close() {
	if c.file != nil {
		c.file.Close()
	}
}
