package query

import (
	"fmt"
	"unsafe"
)

const (
	// memoryFactor is how many times its bound an answer may take of memory once
	// it is decoded. Points take about as much as their text, series of a few
	// points four times as much; more is an answer made to fill memory.
	memoryFactor = 4
	// memoryFloor is what any answer may take.
	memoryFloor = 1 << 20
)

// A budget is what an answer may still take of memory. Whatever is made of the
// answer and kept is paid for before it is made.
type budget struct {
	left  int64
	bound int64 // WithMaxAnswerBytes
}

func newBudget(bound int64) budget {
	return budget{left: memoryFloor + memoryFactor*bound, bound: bound}
}

// spend takes bytes, and reports whether there were so many.
func (b *budget) spend(bytes int64) bool {
	b.left -= bytes
	return b.left >= 0
}

// giveBack returns what was spent and is no longer held.
func (b *budget) giveBack(bytes int64) { b.left += bytes }

// exceeded says what the answer would have taken.
func (b *budget) exceeded() string {
	return fmt.Sprintf("the result takes more than %d times as much memory as WithMaxAnswerBytes allows an answer (%d bytes): ask for less, or allow more",
		memoryFactor, b.bound)
}

// What is taken of memory, rounded up to what the allocator gives.
const (
	// A map of up to eight tags has room for all of them at once.
	tagsCost = 48 + 288
	smallMap = 8
	// tagCost is what one takes of a larger map, where it was just doubled.
	tagCost = 88
)

// textCost returns what a string of its own takes.
func textCost(length int) int64 { return int64(length + length/8 + 16) }

// push appends v to a list in memory that the budget pays for.
func push[T any](d *decoder, list []T, v T) ([]T, error) {
	if len(list) < cap(list) {
		return append(list, v), nil
	}
	size := int64(unsafe.Sizeof(v))
	room := max(1, 2*cap(list))
	if err := d.spend(int64(room) * size); err != nil {
		return list, err
	}
	d.budget.giveBack(int64(cap(list)) * size)
	return append(append(make([]T, 0, room), list...), v), nil
}
