package queue

import (
	"fmt"
	"time"
)

// What the keeper of a Spool does, one job after the other.

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
			shown(s.disk.slots.path), patience)
	}
	s.tell()
}

// tell unlocks, and lets the owner know where there is something new.
func (s *Spool) tell() {
	news := s.alarm.news(s.disk.slots.path)
	s.notices = append(s.notices, news...)
	changed, over := s.changed, s.closed || s.keeper.isEnded()
	s.unlock()
	if !over {
		changed()
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
	case s.disk.index.dirty:
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
	s.keeper.running = wait > 0
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
	if held, _ := s.memory.has(e.Seq); !held { // it was removed just now
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
	held, begun := s.memory.has(e.Seq)
	if begun {
		flags = taken
	}
	kept := flags == 0 && s.ahead.keeps()
	s.memory.remove(e.Seq)
	s.disk.index.commit(e.Seq, r, flags)
	switch {
	case !held:
		s.disk.index.remove(e.Seq)
	case kept:
		s.ahead.keep(e)
	}
	s.ahead.forget() // of what the bound took
}

// planRead looks for a batch to read ahead.
func (s *Spool) planRead() (job func(), wait time.Duration) {
	if s.closing {
		return nil, 0
	}
	now, wait := s.ahead.plan()
	if now {
		return s.readAhead, 0
	}
	return nil, wait
}

// readAhead reads the next batch.
func (s *Spool) readAhead() {
	s.lock()
	wanted, after := s.ahead.unreadWanted(), s.ahead.read
	if wanted {
		after = s.ahead.wanted.first - 1
	}
	s.unlock()
	e, lost, err := s.disk.readNext(after)
	s.lock()
	defer s.unlock()
	switch {
	case err != nil:
		s.ahead.failed(e.Seq, wanted, s.disk.reader.reading != nil, err)
	case e.Seq != 0 && !lost:
		s.ahead.found(e, wanted)
	}
}

// end closes the files. What is in memory yet is lost.
func (s *Spool) end() {
	s.disk.Close()
	s.lock()
	defer s.unlock()
	s.keeper.running = false
	close(s.keeper.ended)
}
