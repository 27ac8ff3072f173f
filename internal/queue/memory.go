package queue

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Memory is a queue that ends with the process.
type Memory struct {
	mu      sync.Mutex
	bound   int64
	last    uint64
	taken   uint64
	entries []Entry // by number
	size    Size
	notices []Notice
}

var _ Queue = (*Memory)(nil)

func NewMemory(bound int64) *Memory { return &Memory{bound: bound} }

func (m *Memory) Watch(func()) {}

func (m *Memory) Push(b encoding.Batch) (seq uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.entries) > 0 && m.size.Bytes+int64(len(b.Body)) > m.bound {
		m.notices = append(m.notices, Notice{Seq: m.entries[0].Seq, Points: m.entries[0].Batch.Points, Full: true})
		m.delete(0)
	}
	m.last++
	m.entries = append(m.entries, Entry{m.last, b})
	m.count(b, 1)
	return m.last
}

func (m *Memory) Take() (Entry, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, _ := m.find(m.taken + 1)
	if i == len(m.entries) {
		return Entry{}, false
	}
	m.taken = m.entries[i].Seq
	return m.entries[i], true
}

func (m *Memory) Remove(seq uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, found := m.find(seq); found {
		m.delete(i)
	}
	return true
}

func (m *Memory) Size() Size {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size
}
func (m *Memory) Lasts(uint64) bool { return false }
func (m *Memory) Volatile() Size    { return m.Size() }
func (m *Memory) Notices() []Notice {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.notices
	m.notices = nil
	return all
}
func (m *Memory) Failure() error              { return nil }
func (m *Memory) Close(context.Context) error { return nil }

func (m *Memory) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(m.entries, seq, func(e Entry, seq uint64) int {
		return cmp.Compare(e.Seq, seq)
	})
}

func (m *Memory) delete(i int) {
	m.count(m.entries[i].Batch, -1)
	m.entries = slices.Delete(m.entries, i, i+1)
}

func (m *Memory) count(b encoding.Batch, sign int) {
	m.size.Batches += sign
	m.size.Points += sign * b.Points
	m.size.Bytes += int64(sign * len(b.Body))
}
