package answer

import (
	"fmt"
	"reflect"

	"github.com/apptuitai/apptuit-go/internal/wire"
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
	bound int64 // of the answer
}

func newBudget(bound int64) *budget { return &budget{left: Most(bound), bound: bound} }

// Most returns what an answer of at most bound bytes may take of memory once it is decoded,
// in bytes.
func Most(bound int64) int64 { return memoryFloor + memoryFactor*bound }

// spend takes bytes, and reports whether there were so many.
func (b *budget) spend(bytes int64) bool {
	b.left -= bytes
	return b.left >= 0
}

// Left returns what the answer may still take of memory, in bytes.
func (d *Decoder) Left() int64 { return d.budget.left }

// giveBack takes back what was spent and is no longer held.
func (b *budget) giveBack(bytes int64) { b.left += bytes }

// exceeded says what the bound is. Who asked adds what to do.
func (b *budget) exceeded() string {
	return fmt.Sprintf("the result takes more memory than %d times the %d bytes that an answer may have (WithMaxAnswerBytes)",
		memoryFactor, b.bound)
}

// Spend pays for what is about to be made.
func (d *Decoder) Spend(bytes int64) error {
	if d.budget.spend(bytes) {
		return nil
	}
	return &Error{d.offset(), d.budget.exceeded(), wire.ErrAnswerTooLarge}
}

// What things take, rounded up to what the allocator gives.
const (
	// smallMap is how many tags a map has room for from its beginning, mapCost what
	// it takes then, and growCost what it takes more with the next tag.
	smallMap = 8
	mapCost  = 48 + 288
	growCost = 400
	// tagCost is what each tag takes of a larger map.
	tagCost = 88
)

// CostOfMap returns what a map of so many tags takes.
func CostOfMap(tags int) int64 { return mapCost + int64(max(0, tags-smallMap))*growCost }

// textCost returns what a string of its own takes.
func textCost(length int) int64 { return int64(length + length/8 + 16) }

// Push appends to a list, whose memory is paid for as it grows.
func Push[T any](d *Decoder, list []T, v T) ([]T, error) {
	if len(list) < cap(list) {
		return append(list, v), nil
	}
	size, room := int64(reflect.TypeFor[T]().Size()), max(1, 2*cap(list))
	if err := d.Spend(int64(room) * size); err != nil {
		return list, err
	}
	d.budget.giveBack(int64(cap(list)) * size)
	return append(append(make([]T, 0, room), list...), v), nil
}
