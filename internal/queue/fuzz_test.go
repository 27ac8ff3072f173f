package queue

import (
	"bytes"
	"io/fs"
	"testing"
)

// A memoryFile is a segment's file that is only read.
type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error                       { return nil }
func (memoryFile) Stat() (fs.FileInfo, error)         { return nil, fs.ErrInvalid }
func (memoryFile) Sync() error                        { return fs.ErrInvalid }
func (memoryFile) Truncate(int64) error               { return fs.ErrInvalid }
func (memoryFile) WriteAt([]byte, int64) (int, error) { return 0, fs.ErrInvalid }

var fuzzSalt = salt{1, 2, 3, 4, 5, 6, 7, 8}

func fuzzSegment(ids ...uint64) []byte {
	data := segmentHeader{salt: fuzzSalt}.append(nil)
	for i, id := range ids {
		data = fuzzSalt.appendRecord(data, uint64(i)+1, numbered(id, 30))
	}
	return data
}

// forge appends the header of a record whose checksum holds, whatever it says.
func forge(dst []byte, number uint64, length, points uint32, compression byte) []byte {
	at := len(dst)
	dst = append(dst, recordMagic...)
	dst = order.AppendUint32(dst, length)
	dst = order.AppendUint64(dst, number)
	dst = order.AppendUint32(dst, points)
	dst = append(dst, compression, 0, 0, 0, 9, 9, 9, 9)
	return order.AppendUint32(dst, fuzzSalt.sum(dst[at:]))
}

// FuzzSegment reads arbitrary bytes, behind a header that is right or not, with
// a forged record among them.
func FuzzSegment(f *testing.F) {
	whole := fuzzSegment(1, 2, 3)
	f.Add(whole, false, uint64(2), uint32(10), uint32(1), byte(0), uint64(1))
	f.Add(whole[:100], false, uint64(1<<63), uint32(1<<31), uint32(1<<31), byte(9), uint64(0))
	f.Add(whole[segmentHead:], true, uint64(9), uint32(0), uint32(7), byte(2), uint64(2))
	f.Add([]byte(recordMagic+recordMagic), true, ^uint64(0), ^uint32(0), uint32(0), byte(0), uint64(1))
	f.Fuzz(func(t *testing.T, data []byte, header bool, number uint64, length, points uint32, compression byte, done uint64) {
		if header {
			data = append(fuzzSegment(), data...)
		}
		data = append(forge(data, number, length, points, compression), data...)
		checkScan(t, data, number>>1, done)
	})
}

func checkScan(t *testing.T, data []byte, first, done uint64) {
	found, ok := scan(bytes.NewReader(data), int64(len(data)), first, done)
	if !ok {
		return
	}
	if n := len(found.records); (n+int(found.lost))*recordHead > 2*len(data) || found.end > int64(len(data)) {
		t.Fatalf("%d records and %d lost in %d bytes up to %d", n, found.lost, len(data), found.end)
	}
	s := &segment{salt: found.header.salt, first: found.first, file: memoryFile{bytes.NewReader(data)}}
	last := done
	for _, r := range found.records {
		number := found.first + uint64(r.place())
		if number <= last || int(r.offset)+recordHead+int(r.size) > len(data) {
			t.Fatalf("record %+v after %d in %d bytes", r, last, len(data))
		}
		last = number
		b, err := s.read(r)
		if at := data[r.offset:]; err == nil && order.Uint32(at[24:]) != s.salt.sum(b.Body) {
			t.Fatalf("record %+v does not hold", r)
		}
	}
}

// What is damaged between two records is counted, but not what was done with.
func TestScanCountsWhatIsMissing(t *testing.T) {
	data := fuzzSegment(ids(1, 9)...)
	size := (len(data) - segmentHead) / 9
	for i := 2; i < 7; i++ { // the records 3 to 7
		data[segmentHead+i*size] ^= 1
	}
	for done, want := range []int{5, 5, 5, 4, 3, 2, 1, 0, 0, 0} {
		found, ok := scan(bytes.NewReader(data), int64(len(data)), 1, uint64(done))
		if !ok || int(found.lost) != want || found.last != 9 {
			t.Errorf("done with %d: %d lost, want %d; the newest is %d", done, found.lost, want, found.last)
		}
	}
}

// blockReader fails in one block, as a disk does.
type blockReader struct {
	*bytes.Reader
	bad int64
}

func (r blockReader) ReadAt(b []byte, off int64) (int, error) {
	if end := off + int64(len(b)); off >= r.bad && off < r.bad+diskBlock {
		return 0, fs.ErrInvalid
	} else if off < r.bad && end > r.bad {
		b = b[:r.bad-off]
	}
	n, _ := r.Reader.ReadAt(b, off)
	return n, fs.ErrInvalid
}

func TestScanPassesOverABadBlock(t *testing.T) {
	data := fuzzSegment(ids(1, 2000)...)
	found, ok := scan(blockReader{bytes.NewReader(data), 2 * diskBlock}, int64(len(data)), 1, 0)
	if n := len(found.records); !ok || n+int(found.lost) != 2000 || found.lost > diskBlock/60 || found.lost < 50 {
		t.Errorf("%d records, %d lost", n, found.lost)
	}
}
