package queue

import "github.com/apptuitai/apptuit-go/encoding"

// A Queue holds batches in the order they came. Its methods are for one
// goroutine at a time.
type Queue interface {
	// Push adds a batch at the end and returns its number, which is higher than
	// all before it. Where the bound demands it the oldest batches go, and are
	// returned without their bodies. An error means that the batch was not taken.
	Push(encoding.Batch) (seq uint64, evicted []Entry, err error)
	// Next returns the oldest batch with a number above after; false where there
	// is none. The batch stays in the queue.
	Next(after uint64) (Entry, bool)
	// Remove forgets a batch, in any order; one that is gone already is ignored.
	Remove(seq uint64)
	// Size returns what is held.
	Size() Size

	// Lasts tells whether a batch that is held outlives the process, and Volatile
	// returns the part of Size that does not.
	Lasts(seq uint64) bool
	Volatile() Size
	// Notices returns, once, what happened to the queue by itself.
	Notices() []Notice
	// Close ends the queue. What outlives the process stays.
	Close() error
}

// A Notice tells of damage, or of a disk that begins or ceases to fail.
type Notice struct {
	Points int // that are lost by it, as far as is known
	Err    error
}

// An Entry is a batch and its number.
type Entry struct {
	Seq   uint64
	Batch encoding.Batch
}

// Size is how much a queue holds.
type Size struct {
	Batches int
	Points  int
	Bytes   int64 // of the bodies
}
