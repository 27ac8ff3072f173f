package queue

import (
	"context"
	"fmt"

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

	// The mutex of the disk's index guards the following as well.
	memory  list   // what is not on disk
	unfit   uint64 // and those up to this one cannot be written
	writing uint64 // the batch that the keeper writes; 0: none
	ahead   ahead  // what can be taken though it is on disk
	notices []Notice

	keeper  keeper
	closing bool
	refused bool // the disk did not take a batch
	closed  bool // nothing more is written
	alarm   alarm
}

var _ Queue = (*Spool)(nil)

// NewSpool returns a queue upon disk, which it closes, and at most bound bytes of
// memory. The oldest batch that waits in memory makes room for the newest.
func NewSpool(disk *Disk, bound int64) *Spool {
	s := &Spool{disk: disk, bound: bound, changed: func() {}}
	s.ahead = ahead{index: &disk.index, trouble: &s.alarm.reads}
	s.keeper = newKeeper(s.plan, s.do)
	return s
}

func (s *Spool) lock()   { s.disk.index.mu.Lock() }
func (s *Spool) unlock() { s.disk.index.mu.Unlock() }

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
	seq = s.disk.index.next
	s.disk.index.next++
	if s.closing {
		s.notices = append(s.notices, Notice{Points: b.Points, Err: errClosed})
		return seq
	}
	s.notices = append(s.notices, s.memory.makeRoom(s.bound-int64(len(b.Body)), s.writing)...)
	s.memory.add(seq, b)
	s.alarm.writes.hurry()
	s.keeper.start()
	return seq
}

// Take implements [Queue]. Older batches go first; but while the disk does not
// give them, those in memory go on.
func (s *Spool) Take() (Entry, bool) {
	s.lock()
	defer s.unlock()
	e, ok, _ := s.take(inTurn, s.ahead.read)
	return e, ok
}

// TakeWithin implements [Queue]. What is on disk of those batches is read next.
func (s *Spool) TakeWithin(first, last uint64) (e Entry, ok, later bool) {
	s.lock()
	defer s.unlock()
	within := span{first, last}
	e, ok, later = s.take(within, first-1)
	if later && s.ahead.unread == 0 {
		s.ahead.want(within)
	}
	return e, ok, later
}

// take returns the oldest batch of a span, of which those on disk up to a number
// were looked for. later tells that it is to be read first.
func (s *Spool) take(within span, read uint64) (e Entry, ok, later bool) {
	if s.closing {
		return Entry{}, false, false
	}
	inMemory, ok := s.memory.next(within)
	unread := s.ahead.oldestUnread(within, read)
	stuck := unread == 0 || s.alarm.hangs != nil || s.ahead.stalled
	if i, found := s.ahead.first(within); found && (!ok || s.ahead.entries[i].Seq < inMemory.Seq) {
		s.keeper.start()
		if older := !stuck && unread < s.ahead.entries[i].Seq; older && within == inTurn && s.ahead.held(false) == 0 {
			return Entry{}, false, true // what was read is out of turn
		}
		return s.ahead.take(i), true, false
	}
	if ok && (stuck || inMemory.Seq < unread) {
		inMemory.taken = true
		return inMemory.Entry, true, false
	}
	if unread > 0 {
		s.keeper.start()
	}
	return Entry{}, false, unread > 0
}

// Return implements [Queue]. Where the body is on disk it leaves memory.
func (s *Spool) Return(seq uint64, lent bool) {
	s.lock()
	defer s.unlock()
	if !s.memory.giveBack(seq, lent) {
		s.ahead.giveBack(seq)
	}
}

// Remove implements [Queue].
func (s *Spool) Remove(seq uint64) (free bool) {
	s.lock()
	defer s.unlock()
	if !s.memory.remove(seq) && s.disk.index.remove(seq) {
		s.ahead.forget()
		s.keeper.start()
	}
	return seq != s.writing
}

// Size implements [Queue].
func (s *Spool) Size() Size {
	s.lock()
	defer s.unlock()
	return s.disk.index.size.plus(s.memory.size)
}

// Lasts implements [Queue].
func (s *Spool) Lasts(seq uint64) bool {
	s.lock()
	defer s.unlock()
	on, _ := s.disk.index.exactly(seq)
	return on != nil && !on.removed
}

// Volatile implements [Queue].
func (s *Spool) Volatile() Size {
	s.lock()
	defer s.unlock()
	return s.memory.size.plus(s.disk.index.volatile)
}

// Notices implements [Queue].
func (s *Spool) Notices() []Notice {
	s.lock()
	defer s.unlock()
	all := append(s.notices, s.disk.index.takeNotices()...)
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
	s.keeper.start()
	s.unlock()
	select {
	case <-s.keeper.ended:
	case <-ctx.Done():
	}
	s.lock()
	defer s.unlock()
	s.closed = true
	if n := s.memory.size.Batches; n > 0 {
		return fmt.Errorf("%d batches are not on disk: %w", n, s.alarm.whyNot(ctx))
	}
	return nil
}
