package queue

import (
	"errors"
	"fmt"

	"github.com/apptuitai/apptuit-go/encoding"
)

// inMemory is set in the numbers of a Spool's batches that are in memory.
const inMemory = 1 << 63

// Spool is a queue on disk, with one in memory for while the disk takes nothing.
// Batches on disk go first.
type Spool struct {
	disk   *Disk
	memory *Memory

	onDisk, below uint64 // the last numbers that Next returned, of each
	failing       bool   // the last Push went to memory
	notices       []Notice
}

var _ Queue = (*Spool)(nil)

// NewSpool returns a queue upon disk, which it closes, and at most bound bytes of
// memory.
func NewSpool(disk *Disk, bound int64) *Spool {
	return &Spool{disk: disk, memory: NewMemory(bound), below: inMemory}
}

// Push implements [Queue]; its error is always nil.
func (s *Spool) Push(b encoding.Batch) (seq uint64, evicted []Entry, err error) {
	seq, evicted, failure := s.disk.Push(b)
	s.note(failure)
	if failure == nil {
		return seq, evicted, nil
	}
	seq, more, _ := s.memory.Push(b) // never fails
	for _, e := range more {
		evicted = append(evicted, Entry{e.Seq | inMemory, e.Batch})
	}
	return seq | inMemory, evicted, nil
}

// note tells when the disk begins to fail, and when it ceases to.
func (s *Spool) note(failure error) {
	switch {
	case failure != nil && !s.failing:
		s.notice(fmt.Errorf("%w: until the disk takes batches again they are kept in memory, and end with the process", failure))
	case failure == nil && s.failing:
		s.notice(errors.New("spool: the disk takes batches again"))
	}
	s.failing = failure != nil
}

// Next implements [Queue], for an owner that asks with the number it got last.
func (s *Spool) Next(after uint64) (Entry, bool) {
	if after&inMemory != 0 {
		s.below = after
	} else {
		s.onDisk = after
	}
	e, ok := s.disk.Next(s.onDisk)
	if ok {
		return e, true
	}
	e, ok = s.memory.Next(s.below &^ inMemory)
	e.Seq |= inMemory
	return e, ok
}

// Remove implements [Queue].
func (s *Spool) Remove(seq uint64) {
	if seq&inMemory != 0 {
		s.memory.Remove(seq &^ inMemory)
		return
	}
	s.disk.Remove(seq)
}

// Size implements [Queue].
func (s *Spool) Size() Size {
	size, more := s.disk.Size(), s.memory.Size()
	size.Batches += more.Batches
	size.Points += more.Points
	size.Bytes += more.Bytes
	return size
}

// Lasts implements [Queue].
func (s *Spool) Lasts(seq uint64) bool { return seq&inMemory == 0 }

// Volatile implements [Queue].
func (s *Spool) Volatile() Size { return s.memory.Size() }

// Notices implements [Queue].
func (s *Spool) Notices() []Notice {
	all := append(s.notices, s.disk.Notices()...)
	s.notices = nil
	return all
}

// Close implements [Queue].
func (s *Spool) Close() error {
	s.memory.Close()
	return s.disk.Close()
}

func (s *Spool) notice(err error) { s.notices = append(s.notices, Notice{Err: err}) }
