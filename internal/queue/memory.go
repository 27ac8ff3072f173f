package queue

import (
	"context"
	"sync"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Memory is a queue that ends with the process.
type Memory struct {
	bound int64

	mu      sync.Mutex
	list    list
	last    uint64 // the number of the newest batch that ever came
	notices []Notice
	closed  bool
}

var _ Queue = (*Memory)(nil)

// NewMemory returns a queue of at most bound bytes of bodies. A single batch
// larger than that is held all the same, alone.
func NewMemory(bound int64) *Memory { return &Memory{bound: bound} }

// Watch implements [Queue]; nothing happens by itself here.
func (m *Memory) Watch(func()) {}

// Push implements [Queue].
func (m *Memory) Push(b encoding.Batch) (seq uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last++
	if m.closed {
		m.notices = append(m.notices, Notice{Points: b.Points, Err: errClosed})
		return m.last
	}
	m.notices = append(m.notices, m.list.makeRoom(m.bound-int64(len(b.Body)), 0)...)
	m.list.add(m.last, b)
	return m.last
}

// makeRoom takes the oldest batches until at most limit bytes are left, but for
// the one with the number spared.
func (l *list) makeRoom(limit int64, spared uint64) (notices []Notice) {
	for after := uint64(0); l.size.Bytes > limit; {
		e, ok := l.after(after)
		if !ok {
			break
		}
		after = e.Seq
		if e.Seq != spared {
			l.remove(e.Seq)
			notices = append(notices, Notice{Seq: e.Seq, Points: e.Batch.Points, Full: true})
		}
	}
	return notices
}

// Take implements [Queue].
func (m *Memory) Take() (Entry, bool) { return m.take(inTurn) }

// TakeWithin implements [Queue]; all bodies are at hand.
func (m *Memory) TakeWithin(first, last uint64) (e Entry, ok, later bool) {
	e, ok = m.take(span{first, last})
	return e, ok, false
}

func (m *Memory) take(within span) (Entry, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.list.next(within)
	if !ok || m.closed {
		return Entry{}, false
	}
	h.taken = true
	return h.Entry, true
}

// Return implements [Queue].
func (m *Memory) Return(seq uint64, lent bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list.giveBack(seq, lent)
}

// Remove implements [Queue].
func (m *Memory) Remove(seq uint64) (free bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list.remove(seq)
	return true
}

// Size implements [Queue].
func (m *Memory) Size() Size {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.list.size
}

// Lasts implements [Queue].
func (m *Memory) Lasts(uint64) bool { return false }

// Volatile implements [Queue].
func (m *Memory) Volatile() Size { return m.Size() }

// Notices implements [Queue].
func (m *Memory) Notices() []Notice {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.notices
	m.notices = nil
	return all
}

// Failure implements [Queue]: there is no disk.
func (m *Memory) Failure() error { return nil }

// Close implements [Queue].
func (m *Memory) Close(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
