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

// errDamaged is the cause of a record that is not what was written.
var errDamaged = errors.New("its checksum does not hold")

// A record is where a batch is. It is small: there is one for each batch that
// waits.
type record struct {
	number uint64 // in its segment, then in the queue
	offset uint32
	size   uint32 // of the body
	points uint32
	gone   bool // removed while others before it wait
}

// A segment is one file of records.
type segment struct {
	slot    *slot
	name    string
	salt    salt
	created int64 // Unix nanoseconds
	size    int64 // where the next record goes
	file    file  // nil while closed
	sealed  bool  // never written again

	// The queue numbers records of all its slots in one row: a record's number
	// there is this much above the one in the file.
	shift   uint64
	records []record // from the first that waits on, by number
	waiting int      // of them
}

func segmentName(first uint64) string { return fmt.Sprintf("%020d%s", first, segmentSuffix) }

// parseSegmentName returns the number of the first record of a segment, or false
// where name is not that of one.
func parseSegmentName(name string) (first uint64, ok bool) {
	if len(name) != 20+len(segmentSuffix) || name[20:] != segmentSuffix {
		return 0, false
	}
	first, err := strconv.ParseUint(name[:20], 10, 64)
	return first, err == nil && first <= maxNumber
}

// newSegment makes the file of a segment, exclusively, with its header.
func newSegment(s *slot, first uint64) (*segment, error) {
	seg := &segment{slot: s, name: segmentName(first), created: time.Now().UnixNano()}
	rand.Read(seg.salt[:])
	f, err := s.open(s.root, seg.name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, s.fail("make segment", seg.name, err)
	}
	head := segmentHeader{salt: seg.salt, created: seg.created}.append(nil)
	_, err = f.WriteAt(head, 0)
	if err == nil && s.sync == SyncEach {
		err = syncDir(s.root)
	}
	if err != nil {
		f.Close()
		s.root.Remove(seg.name)
		return nil, s.fail("make segment", seg.name, err)
	}
	seg.file, seg.size = f, segmentHead
	return seg, nil
}

// takes tells whether a record of that length goes here and not into the next
// segment. One that is longer than a segment has one to itself.
func (s *segment) takes(length, limit int64) bool {
	fits := s.size == segmentHead || s.size+length <= limit
	return fits && !s.sealed && len(s.records) < maxSegmentRecords
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
		s.size += int64(len(data))
		return nil
	}
	cut := s.file.Truncate(s.size)
	s.sealed = synced || cut != nil
	return s.slot.fail("append to", s.name, err)
}

// find returns the index of the first record that waits above a number; that of
// none is len(s.records).
func (s *segment) find(after uint64) int {
	i, _ := slices.BinarySearchFunc(s.records, after+1, func(r record, number uint64) int {
		return cmp.Compare(r.number, number)
	})
	for i < len(s.records) && s.records[i].gone {
		i++
	}
	return i
}

// newest is the number of the last record; there is one.
func (s *segment) newest() uint64 { return s.records[len(s.records)-1].number }

// forget takes a record from those that wait.
func (s *segment) forget(i int) {
	s.records[i].gone = true
	s.waiting--
	for len(s.records) > 0 && s.records[0].gone {
		s.records = s.records[1:]
	}
}

// read returns the batch of a record. The error is errDamaged, or one of the disk.
func (s *segment) read(r record) (encoding.Batch, error) {
	data := make([]byte, recordHead+int(r.size))
	if _, err := s.file.ReadAt(data, int64(r.offset)); err != nil {
		return encoding.Batch{}, err
	}
	h, ok := s.salt.parseRecord(data)
	body := data[recordHead:]
	if !ok || h.number != r.number-s.shift || h.length != r.size || h.bodySum != s.salt.sum(body) {
		return encoding.Batch{}, errDamaged
	}
	return encoding.Batch{Body: body, Points: int(h.points), Compression: h.compression}, nil
}

func (s *segment) failRecord(r record, err error) error {
	return s.slot.fail(fmt.Sprintf("read the batch at offset %d of", r.offset), s.name, err)
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

// remove deletes the file. Where that fails the cursor still says that its
// records are done with, and the next process tries again.
func (s *segment) remove() error {
	s.close()
	if err := s.slot.root.Remove(s.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.slot.fail("remove", s.name, err)
	}
	return nil
}
