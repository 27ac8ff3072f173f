package queue

import (
	"fmt"
	"time"
)

// keep is the keeper: the one goroutine that waits for the disk. It ends when
// there is nothing to do, or when the spool is closed.
func (s *Spool) keep() {
	for !s.isEnded() {
		job, wait := s.plan()
		switch {
		case job != nil:
			s.do(job)
		case wait > 0:
			s.sleep(wait)
		default:
			return
		}
	}
}

// do runs a job, and watches how long it takes.
func (s *Spool) do(job func()) {
	s.lock()
	s.alarm.began++
	op := s.alarm.began
	s.unlock()
	watch := time.AfterFunc(patience, func() { s.hang(op) })
	job()
	watch.Stop()
	s.lock()
	s.alarm.ended, s.alarm.hangs = op, nil
	s.tell()
}

// hang notes that an operation has not returned.
func (s *Spool) hang(op uint64) {
	s.lock()
	if s.alarm.ended < op {
		s.alarm.hangs = fmt.Errorf("spool %s: the disk has not answered for %v: batches wait in memory, and end with the process, until it does; check the disk",
			shown(s.disk.path), patience)
	}
	s.tell()
}

// tell unlocks, and lets the owner know where there is something new.
func (s *Spool) tell() {
	news := s.alarm.news(s.disk.path)
	s.notices = append(s.notices, news...)
	changed, over := s.changed, s.closed || s.isEnded()
	s.unlock()
	if !over {
		changed()
	}
}

func (s *Spool) sleep(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.wake:
	}
}

// plan returns what to do next, or how long to wait. Where it is neither the
// keeper is no more.
func (s *Spool) plan() (job func(), wait time.Duration) {
	s.lock()
	defer s.unlock()
	write, writeIn := s.planWrite()
	read, readIn := s.planRead()
	switch {
	case s.disk.dirty:
		return func() { s.disk.settleOne() }, 0
	case read != nil && s.alarm.began%2 == 0: // in turn
		return read, 0
	case write != nil:
		return write, 0
	case read != nil:
		return read, 0
	case s.closing:
		return s.end, 0
	}
	wait = soonest(writeIn, readIn)
	s.running = wait > 0
	return nil, wait
}

// soonest returns the shorter of two waits; zero is none.
func soonest(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

// planWrite looks for a batch to write. A spool that is being closed tries at
// once, and once.
func (s *Spool) planWrite() (job func(), wait time.Duration) {
	e, ok := s.memory.after(s.unfit)
	switch wait := s.alarm.writes.left(); {
	case !ok || s.closed || s.closing && s.refused:
		return nil, 0
	case wait > 0 && !s.closing:
		return nil, wait
	}
	return func() { s.write(e) }, 0
}

// write brings a batch from memory to the disk.
func (s *Spool) write(e Entry) {
	s.lock()
	if !s.memory.has(e.Seq) { // it was removed just now
		s.unlock()
		return
	}
	s.writing = e.Seq
	s.unlock()
	r, err := s.disk.write(e.Batch)
	s.lock()
	defer s.unlock()
	s.writing = 0
	switch {
	case err == nil:
		s.written(e, r)
	case accepts(e.Batch) != nil:
		s.unfit = e.Seq
		s.notices = append(s.notices, Notice{Seq: e.Seq, Err: fmt.Errorf("%w: it waits in memory, and ends with the process", err)})
	default:
		s.refused = true
		s.alarm.writes.begin(fmt.Errorf("%w: batches are kept in memory, and end with the process, until the disk takes them; check the disk", err))
	}
}

// written lets a batch go from memory, which is on disk now. Where it was removed
// meanwhile it goes from there as well.
func (s *Spool) written(e Entry, r record) {
	s.alarm.writes.end()
	flags := uint32(0)
	if e.Seq <= s.begun {
		flags = taken
	}
	kept := flags == 0 && s.keeps()
	held := s.memory.remove(e.Seq)
	s.disk.commit(e.Seq, r, flags)
	switch {
	case !held:
		s.disk.remove(e.Seq)
	case kept:
		s.keepBody(e)
	}
	s.forgetAhead() // of what the bound took
}

// keeps tells whether a batch that is on disk now stays in memory as one that was
// read: where it would be read next, or could not be.
func (s *Spool) keeps() bool {
	if s.doubt {
		return len(s.ahead) < maxKept
	}
	next, _ := s.disk.findUnread(s.read)
	return next == nil && len(s.ahead) < maxAhead
}

// maxUnread is how many records are passed over because the disk does not give
// them: those in a bad block, but not all of a disk that is away.
const maxUnread = 128

// planRead looks for a batch to read ahead. Those that could not be read are
// passed over; after a wait it begins again with the oldest.
func (s *Spool) planRead() (job func(), wait time.Duration) {
	if s.closing {
		return nil, 0
	}
	if s.unread > 0 {
		if wait = s.alarm.reads.left(); wait == 0 {
			s.unread, s.stalled, s.read = 0, false, 0
		}
	}
	on, _ := s.disk.findUnread(s.read)
	again := s.unread == 0 && s.alarm.reads.err != nil
	switch {
	case on != nil && !s.stalled && (again || len(s.ahead) < maxAhead):
		return s.readAhead, 0
	case on == nil && s.unread == 0:
		s.doubt = false
		s.alarm.reads.end()
	}
	return nil, wait
}

// readAhead reads the next batch.
func (s *Spool) readAhead() {
	e, lost, err := s.disk.readNext(s.read)
	s.lock()
	defer s.unlock()
	switch {
	case err != nil:
		s.hasNotRead(e.Seq, err)
	case e.Seq != 0 && !lost:
		s.hasRead(e)
	}
}

func (s *Spool) hasRead(e Entry) {
	s.read, s.doubt = e.Seq, false
	if s.unread == 0 {
		s.alarm.reads.end()
	}
	s.keepBody(e)
}

func (s *Spool) hasNotRead(seq uint64, err error) {
	s.read = seq
	if s.unread == 0 {
		s.alarm.reads.begin(fmt.Errorf("%w: batches wait on the disk until it gives them; check the disk", err))
	}
	s.unread++
	s.doubt = true
	s.stalled = s.unread >= maxUnread || s.disk.reading == nil // it cannot even be opened
}

// end closes the files. What is in memory yet is lost.
func (s *Spool) end() {
	s.disk.Close()
	s.lock()
	defer s.unlock()
	s.running = false
	close(s.ended)
}
