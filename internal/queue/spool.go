package queue

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Spool is a queue on disk. A batch is in memory first, where it can be taken at
// once, and leaves memory when it is on disk. Where the disk fails, hangs or is
// gone, batches wait in memory until it is there again.
//
// Only its keeper, a goroutine that runs while there is something to do, waits
// for the disk.
type Spool struct {
	disk    *Disk
	bound   int64
	changed func()
	wake    chan struct{} // holds one: there is something new to do
	ended   chan struct{} // closed when the spool is closed and the keeper is gone

	// The mutex of the disk's index guards the following as well.
	memory  list    // what is not on disk
	begun   uint64  // batches in memory up to this number were taken
	unfit   uint64  // and those up to this one cannot be written
	writing uint64  // the batch that the keeper writes; 0: none
	ahead   []Entry // read, and not yet taken
	read    uint64  // batches on disk up to this number were read or passed over
	unread  int     // how many were passed over since the oldest
	doubt   bool    // the last one that was to be read
	stalled bool    // too many
	notices []Notice

	running bool // there is a keeper
	closing bool
	refused bool // the disk did not take a batch
	closed  bool // nothing more is written
	alarm   alarm
}

var _ Queue = (*Spool)(nil)

const (
	maxAhead = 2  // bodies read ahead
	maxKept  = 16 // bodies kept once they are on disk, while it takes batches and does not give them
)

// NewSpool returns a queue upon disk, which it closes, and at most bound bytes of
// memory. The oldest batch that waits in memory makes room for the newest.
func NewSpool(disk *Disk, bound int64) *Spool {
	return &Spool{
		disk:    disk,
		bound:   bound,
		changed: func() {},
		wake:    make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
}

func (s *Spool) lock()   { s.disk.mu.Lock() }
func (s *Spool) unlock() { s.disk.mu.Unlock() }

// Watch implements [Queue].
func (s *Spool) Watch(changed func()) {
	s.lock()
	defer s.unlock()
	s.changed = changed
}

// Push implements [Queue].
func (s *Spool) Push(b encoding.Batch) (seq uint64) {
	s.lock()
	defer s.unlock()
	seq = s.disk.next
	s.disk.next++
	if s.closing {
		s.notices = append(s.notices, Notice{Points: b.Points, Err: errClosed})
		return seq
	}
	s.notices = append(s.notices, s.memory.makeRoom(s.bound-int64(len(b.Body)), s.writing)...)
	s.memory.add(seq, b)
	s.alarm.writes.hurry()
	s.start()
	return seq
}

// Take implements [Queue]. Older batches go first; but while the disk does not
// give them, those in memory go on.
func (s *Spool) Take() (Entry, bool) {
	s.lock()
	defer s.unlock()
	if s.closing {
		return Entry{}, false
	}
	inMemory, ok := s.memory.after(s.begun)
	if len(s.ahead) > 0 && (!ok || s.ahead[0].Seq < inMemory.Seq) {
		return s.takeAhead(), true
	}
	onDisk, i := s.disk.findUnread(s.read)
	if ok && (onDisk == nil || inMemory.Seq < onDisk.records[i].number || s.alarm.hangs != nil || s.stalled) {
		s.begun = inMemory.Seq
		return inMemory, true
	}
	if onDisk != nil {
		s.start()
	}
	return Entry{}, false
}

func (s *Spool) takeAhead() Entry {
	e := s.ahead[0]
	s.ahead[0] = Entry{}
	s.ahead = s.ahead[1:]
	if on, i := s.disk.exactly(e.Seq); on != nil {
		on.records[i].state |= taken
	}
	s.start()
	return e
}

// keepBody puts the body of a batch on disk where it can be taken, in order.
func (s *Spool) keepBody(e Entry) {
	on, i := s.disk.exactly(e.Seq)
	if on == nil {
		return // it was removed meanwhile
	}
	on.records[i].state |= inMemory
	at, _ := slices.BinarySearchFunc(s.ahead, e.Seq, func(e Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
	s.ahead = slices.Insert(s.ahead, at, e)
}

// Remove implements [Queue].
func (s *Spool) Remove(seq uint64) (free bool) {
	s.lock()
	defer s.unlock()
	if !s.memory.remove(seq) && s.disk.remove(seq) {
		s.forgetAhead()
		s.start()
	}
	return seq != s.writing
}

// forgetAhead drops what was read of batches that are gone.
func (s *Spool) forgetAhead() {
	rest := s.ahead[:0]
	for _, e := range s.ahead {
		if on, _ := s.disk.exactly(e.Seq); on != nil {
			rest = append(rest, e)
		}
	}
	clear(s.ahead[len(rest):])
	s.ahead = rest
}

// Size implements [Queue].
func (s *Spool) Size() Size {
	s.lock()
	defer s.unlock()
	return s.disk.size.plus(s.memory.size)
}

// Lasts implements [Queue].
func (s *Spool) Lasts(seq uint64) bool {
	s.lock()
	defer s.unlock()
	on, _ := s.disk.exactly(seq)
	return on != nil && !on.removed
}

// Volatile implements [Queue].
func (s *Spool) Volatile() Size {
	s.lock()
	defer s.unlock()
	return s.memory.size.plus(s.disk.volatile)
}

// Notices implements [Queue].
func (s *Spool) Notices() []Notice {
	s.lock()
	defer s.unlock()
	all := append(s.notices, s.disk.takeNotices()...)
	s.notices = nil
	return all
}

// Failure implements [Queue].
func (s *Spool) Failure() error {
	s.lock()
	defer s.unlock()
	return s.alarm.failure()
}

// Close implements [Queue]. Where ctx ends first, the keeper closes the files once
// the disk lets it.
func (s *Spool) Close(ctx context.Context) error {
	s.lock()
	s.closing, s.refused = true, false
	s.start()
	s.unlock()
	select {
	case <-s.ended:
	case <-ctx.Done():
	}
	s.lock()
	defer s.unlock()
	s.closed = true
	if n := s.memory.size.Batches; n > 0 {
		return fmt.Errorf("%d batches are not on disk: %w", n, s.whyNot(ctx))
	}
	return nil
}

func (s *Spool) whyNot(ctx context.Context) error {
	if err := s.alarm.failure(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errClosed
}

// start sees to it that there is a keeper, and that it looks again.
func (s *Spool) start() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if s.running || s.isEnded() {
		return
	}
	s.running = true
	go s.keep()
}

func (s *Spool) isEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}
