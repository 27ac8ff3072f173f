package queue

import (
	"context"
	"math"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A Queue holds batches in the order they came; they may be taken and removed in any
// order. Its methods are safe for any number of goroutines, and none of them waits
// for a disk; Close waits no longer than its context.
type Queue interface {
	// Watch sets what is called, without a lock, when something happened by
	// itself that the other methods tell of: a batch is on disk, one can be
	// taken, something was lost, a disk began or ceased to fail. It is called
	// before all others, and once.
	Watch(changed func())
	// Push adds a batch at the end and returns its number, which is higher than
	// all before it. What the bound then takes is in Notices. The queue keeps the
	// body.
	Push(encoding.Batch) (seq uint64)
	// Take returns the oldest batch that was not taken before and whose body is at
	// hand. It stays in the queue until Remove. False: there is none, or not yet;
	// then Watch's func tells.
	Take() (Entry, bool)
	// TakeWithin is Take for the batches of those numbers alone, which may be asked
	// for out of turn. later tells that there is one whose body is not at hand yet.
	TakeWithin(first, last uint64) (e Entry, ok, later bool)
	// Return lets a batch be taken again that was taken and is held yet. lent tells
	// that something may yet read its body: then it gets another one.
	Return(seq uint64, lent bool)
	// Remove forgets a batch, in any order; one that is gone is ignored. free
	// tells that nothing reads its body any more, so that its memory may be used
	// again.
	Remove(seq uint64) (free bool)
	// Size returns what is held, taken or not.
	Size() Size
	// Lasts tells whether a batch that is held outlives the process by now, and
	// Volatile returns the part of Size that does not.
	Lasts(seq uint64) bool
	Volatile() Size
	// Notices returns, once, what happened.
	Notices() []Notice
	// Failure is why batches cannot be read from or written to the disk now (it
	// fails, hangs, is gone); nil otherwise.
	Failure() error
	// Close ends the queue: it waits until what was pushed is on disk, until the
	// disk refuses it, or until ctx ends. What outlives the process stays; Volatile
	// tells afterwards what does not.
	Close(ctx context.Context) error
}

// A Notice tells of a batch that left the queue by itself, or of the disk.
type Notice struct {
	Seq    uint64 // of the batch; 0 where it was never in the queue's Size or is not known
	Points int    // that are lost by it, as far as is known; 0: none
	Full   bool   // the bound took them
	Err    error  // what happened, where, and what to do; nil where Full says it all
}

// An Entry is a batch and its number.
type Entry struct {
	Seq   uint64
	Batch encoding.Batch
}

// A span is of numbers of batches, both ends included.
type span struct{ first, last uint64 }

// inTurn is the span of all batches.
var inTurn = span{0, math.MaxUint64}

func (s span) has(seq uint64) bool { return s.first <= seq && seq <= s.last }

// Size is how much a queue holds.
type Size struct {
	Batches int
	Points  int
	Bytes   int64 // of the bodies
}

// add takes batches into the count, or out of it.
func (s *Size) add(sign, points int, bytes int64) {
	s.Batches += sign
	s.Points += sign * points
	s.Bytes += int64(sign) * bytes
}

func (s Size) plus(other Size) Size {
	return Size{s.Batches + other.Batches, s.Points + other.Points, s.Bytes + other.Bytes}
}
