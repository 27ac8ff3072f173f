package queue

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

const segmentSuffix = ".seg"

// A record is where a batch is. It is small: there is one for each batch that
// waits.
type record struct {
	number uint64 // in the queue
	offset uint32
	size   uint32 // of the body
	points uint32
	state  uint32 // its number in the file less that of the segment, and flags
}

// Flags of a record.
const (
	gone      = 1 << 31 // removed while others before it wait
	taken     = 1 << 30
	inMemory  = 1 << 29 // its body is, to be taken
	placeBits = inMemory - 1
)

func newRecord(place uint64, offset int64, size, points int) record {
	return record{offset: uint32(offset), size: uint32(size), points: uint32(points), state: uint32(place)}
}

func (r record) is(flag uint32) bool { return r.state&flag != 0 }
func (r record) place() uint32       { return r.state & placeBits }
func (r record) length() int64       { return recordHead + int64(r.size) }

// A segment is one file of records.
type segment struct {
	slot    *slot
	name    string
	first   uint64 // the number of its first record in the file
	next    uint64 // and of the next one
	salt    salt
	created int64 // Unix nanoseconds
	size    int64 // where the next record goes
	file    file  // nil while closed
	sealed  bool  // never written again

	before  mark     // the newest record of the slot when it was made
	records []record // from the first that waits on, by number
	waiting int      // of them
	passed  uint64   // points in the slot before the first of them
	settled []record // done with since that was last brought to the disk
	counted int64    // bytes in the use of the disk
	removed bool     // the file has no name any more, it ends with the process
}

func segmentName(first uint64) string { return fmt.Sprintf("%020d%s", first, segmentSuffix) }

// parseSegmentName returns the number of the first record of a segment, or false
// where name is not that of one.
func parseSegmentName(name string) (first uint64, ok bool) {
	if len(name) != 20+len(segmentSuffix) || name[20:] != segmentSuffix {
		return 0, false
	}
	first, err := strconv.ParseUint(name[:20], 10, 64)
	return first, err == nil && first <= maxFirst
}

// newSegment makes the next segment of a slot.
func (s *slot) newSegment() (*segment, error) {
	seg, err := s.makeSegment(s.next)
	for range 100 {
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		s.next++ // the name is taken, whatever is there
		seg, err = s.makeSegment(s.next)
	}
	if err != nil {
		return nil, s.fail("make segment", segmentName(s.next), err)
	}
	return seg, nil
}

// makeSegment makes the file of a segment, exclusively, with its header.
func (s *slot) makeSegment(first uint64) (*segment, error) {
	seg := &segment{slot: s, name: segmentName(first), first: first, next: first, created: time.Now().UnixNano(), before: s.last}
	rand.Read(seg.salt[:])
	f, err := s.open(s.root, seg.name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	head := segmentHeader{salt: seg.salt, created: seg.created, before: seg.before}.append(nil)
	_, err = f.WriteAt(head, 0)
	if err == nil && s.sync == SyncEach {
		err = syncDir(s.root)
	}
	if err != nil {
		f.Close()
		s.root.Remove(seg.name)
		return nil, err
	}
	seg.file, seg.size = f, segmentHead
	return seg, nil
}

// takes tells whether a record of that length goes here and not into the next
// segment. One that is longer than a segment has one to itself.
func (s *segment) takes(length, limit int64) bool {
	fits := s.size == segmentHead || s.size+length <= limit
	return fits && !s.sealed && s.next-s.first < maxSegmentRecords
}

// append writes a whole record at the end. After an error the segment is as it
// was, or sealed: what a disk that failed once has kept is not known.
func (s *segment) append(data []byte) error {
	_, err := s.file.WriteAt(data, s.size)
	synced := err == nil && s.slot.sync == SyncEach
	if synced {
		err = s.file.Sync()
	}
	if err == nil {
		err = s.isThere()
	}
	if err == nil {
		s.size += int64(len(data))
		return nil
	}
	cut := s.file.Truncate(s.size)
	s.sealed = synced || cut != nil
	return s.slot.fail("append to", s.name, err)
}

// isThere tells whether the open file can be found by its name: what is written
// to one that cannot ends with the process.
func (s *segment) isThere() error {
	info, err := s.file.Stat()
	if err != nil || links(info) > 0 {
		return err
	}
	there, err := s.slot.root.Lstat(s.name) // not every file system counts names
	if err == nil && os.SameFile(info, there) {
		return nil
	}
	return errRemoved
}

// find returns the index of the first record above a number.
func (s *segment) find(after uint64) int {
	i, _ := slices.BinarySearchFunc(s.records, after+1, func(r record, number uint64) int {
		return cmp.Compare(r.number, number)
	})
	return i
}

// newest is the number of the last record; there is one.
func (s *segment) newest() uint64 { return s.records[len(s.records)-1].number }

// forget takes a record from those that wait.
func (s *segment) forget(i int) {
	s.records[i].state |= gone
	s.settled = append(s.settled, s.records[i])
	s.waiting--
	for len(s.records) > 0 && s.records[0].is(gone) {
		s.passed += uint64(s.records[0].points)
		s.records = s.records[1:]
	}
}

// read returns the batch of a record. The error is errDamaged, or one of the disk.
func (s *segment) read(r record) (encoding.Batch, error) { return s.readFrom(s.first, r) }

func (s *segment) readFrom(first uint64, r record) (encoding.Batch, error) {
	data := make([]byte, r.length())
	if _, err := s.file.ReadAt(data, int64(r.offset)); err != nil {
		return encoding.Batch{}, err
	}
	h, ok := s.salt.parseRecord(data)
	body := data[recordHead:]
	if !ok || h.number != first+uint64(r.place()) || h.length != r.size || h.bodySum != s.salt.sum(body) {
		return encoding.Batch{}, errDamaged
	}
	return encoding.Batch{Body: body, Points: int(h.points), Compression: h.compression}, nil
}

func (s *segment) failRecord(r record, err error) error {
	return s.slot.fail(fmt.Sprintf("read the batch at offset %d of", r.offset), s.name, err)
}

// markDone marks records as done with. What fails costs no more than that they are
// sent again.
func (s *segment) markDone(records []record) {
	for _, r := range records {
		s.file.WriteAt([]byte(doneMagic[:1]), int64(r.offset))
	}
}

// open opens the file, unless it is open.
func (s *segment) open() error {
	if s.file != nil {
		return nil
	}
	f, err := s.slot.open(s.slot.root, s.name, os.O_RDWR)
	if err == nil {
		s.file = f
	}
	return err
}

func (s *segment) close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}

// remove deletes the file, unless others have it. Where that fails the cursor still says that its
// records are done with, and the next process tries again.
func (s *segment) remove() error {
	s.close()
	if s.removed {
		return nil // another file may have its name now
	}
	if info, err := s.slot.root.Lstat(s.name); err == nil && checkFile(info) != nil {
		return nil
	}
	if err := s.slot.root.Remove(s.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.slot.fail("remove", s.name, err)
	}
	return nil
}
