package queue

import (
	"cmp"
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Memory is a queue that ends with the process.
type Memory struct {
	bound   int64
	last    uint64
	entries []Entry // by number
	size    Size
}

var _ Queue = (*Memory)(nil)

// NewMemory returns a queue of at most bound bytes of bodies. A single batch
// larger than that is held all the same, alone.
func NewMemory(bound int64) *Memory { return &Memory{bound: bound} }

// Push implements [Queue]; its error is always nil.
func (m *Memory) Push(b encoding.Batch) (seq uint64, evicted []Entry, err error) {
	for len(m.entries) > 0 && m.size.Bytes+int64(len(b.Body)) > m.bound {
		evicted = append(evicted, withoutBody(m.entries[0]))
		m.delete(0)
	}
	m.last++
	m.entries = append(m.entries, Entry{m.last, b})
	m.count(b, 1)
	return m.last, evicted, nil
}

// Next implements [Queue].
func (m *Memory) Next(after uint64) (Entry, bool) {
	i, _ := m.find(after + 1)
	if i == len(m.entries) {
		return Entry{}, false
	}
	return m.entries[i], true
}

// Remove implements [Queue].
func (m *Memory) Remove(seq uint64) {
	if i, found := m.find(seq); found {
		m.delete(i)
	}
}

// Size implements [Queue].
func (m *Memory) Size() Size { return m.size }

// Lasts implements [Queue].
func (m *Memory) Lasts(uint64) bool { return false }

// Volatile implements [Queue].
func (m *Memory) Volatile() Size { return m.size }

// Notices implements [Queue].
func (m *Memory) Notices() []Notice { return nil }

// Close implements [Queue].
func (m *Memory) Close() error {
	*m = Memory{bound: m.bound, last: m.last}
	return nil
}

// find returns where seq is, or would be.
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

func withoutBody(e Entry) Entry {
	e.Batch.Body = nil
	return e
}
