package queue

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/apptuitai/apptuit-go/encoding"
)

const (
	segmentMagic   = "aptspool"
	segmentVersion = 1
	segmentCopy    = 48              // bytes of one copy of a segment's header
	segmentHead    = 2 * segmentCopy // where the first record begins

	recordMagic = "\xa5rec"
	doneMagic   = "\x5arec" // of one that is done with, out of turn: only the first byte is another
	recordHead  = 32        // bytes before the body
	maxBody     = 64 << 20  // of a record
	maxPoints   = 1<<31 - 1
	maxNumber   = 1 << 62 // leaves room to count on
	maxFirst    = 1 << 61 // of a segment; no slot ever comes that far
	maxTotal    = 1 << 62 // points of a slot
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	order      = binary.LittleEndian
)

// A salt makes the checksums of one segment unlike those of any other.
type salt [8]byte

func (s salt) sum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(s[:], castagnoli), castagnoli, b)
}

// A segmentHeader is how a segment begins.
type segmentHeader struct {
	salt    salt
	created int64 // Unix nanoseconds
	before  mark  // the newest record of the slot when the segment was made
}

// append appends both copies.
func (h segmentHeader) append(dst []byte) []byte {
	one := make([]byte, 0, segmentCopy)
	one = append(one, segmentMagic...)
	one = order.AppendUint32(one, segmentVersion)
	one = append(one, h.salt[:]...)
	one = order.AppendUint64(one, uint64(h.created))
	one = order.AppendUint64(one, h.before.number)
	one = order.AppendUint64(one, h.before.points)
	one = order.AppendUint32(one, crc32.Checksum(one, castagnoli))
	return append(append(dst, one...), one...)
}

// parseSegmentHeader reads the first copy that is intact.
func parseSegmentHeader(b []byte) (h segmentHeader, ok bool) {
	for ; len(b) >= segmentCopy; b = b[segmentCopy:] {
		one := b[:segmentCopy]
		intact := order.Uint32(one[44:]) == crc32.Checksum(one[:44], castagnoli)
		if intact && string(one[:8]) == segmentMagic && order.Uint32(one[8:]) == segmentVersion {
			h.created = int64(order.Uint64(one[20:]))
			h.before = mark{order.Uint64(one[28:]), order.Uint64(one[36:])}
			copy(h.salt[:], one[12:])
			return h, h.before.number <= maxNumber && h.before.points <= maxTotal
		}
	}
	return segmentHeader{}, false
}

// A recordHeader is what stands before a body.
type recordHeader struct {
	number      uint64
	length      uint32
	points      uint32
	compression encoding.Compression
	bodySum     uint32
	done        bool
}

// appendRecord appends a record whole.
func (s salt) appendRecord(dst []byte, number uint64, b encoding.Batch) []byte {
	at := len(dst)
	dst = append(dst, recordMagic...)
	dst = order.AppendUint32(dst, uint32(len(b.Body)))
	dst = order.AppendUint64(dst, number)
	dst = order.AppendUint32(dst, uint32(b.Points))
	dst = append(dst, byte(b.Compression), 0, 0, 0)
	dst = order.AppendUint32(dst, s.sum(b.Body))
	dst = order.AppendUint32(dst, s.sum(dst[at:]))
	return append(dst, b.Body...)
}

// headSum is the checksum of the header of a record, whether it is done with or not.
func (s salt) headSum(b []byte) uint32 {
	return crc32.Update(s.sum([]byte(recordMagic)), castagnoli, b[len(recordMagic):28])
}

// parseRecord reads the header of a record at the start of b, if one is there
// and intact.
func (s salt) parseRecord(b []byte) (h recordHeader, ok bool) {
	done := bytes.HasPrefix(b, []byte(doneMagic))
	if len(b) < recordHead || !done && !bytes.HasPrefix(b, []byte(recordMagic)) || order.Uint32(b[28:]) != s.headSum(b) {
		return recordHeader{}, false
	}
	h = recordHeader{
		done:        done,
		length:      order.Uint32(b[4:]),
		number:      order.Uint64(b[8:]),
		points:      order.Uint32(b[16:]),
		compression: encoding.Compression(b[20]),
		bodySum:     order.Uint32(b[24:]),
	}
	return h, h.valid()
}

func (h recordHeader) valid() bool {
	return h.length <= maxBody && h.number <= maxNumber && h.points <= maxPoints && h.compression.Valid()
}

func (h recordHeader) size() int64 { return recordHead + int64(h.length) }
