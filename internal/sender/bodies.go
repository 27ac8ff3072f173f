package sender

import (
	"math/bits"
	"slices"
	"sync"
)

// keepBodies is for how many exports memory is kept that none of them used.
const keepBodies = 4

// Bodies are memory for the bodies of batches. What an export needs is what the
// one before needed, if that was delivered meanwhile.
type Bodies struct {
	mu   sync.Mutex
	free []freeBody
}

type freeBody struct {
	memory []byte
	unused int // exports
}

// Room returns memory for a body: the smallest that is free and large enough, if
// it is not much larger. New memory has one of few sizes, so that it fits the next
// time too, or another body.
func (b *Bodies) Room(size int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	best := -1
	for i, f := range b.free {
		if n := cap(f.memory); n >= size && n <= 2*size && (best < 0 || n < cap(b.free[best].memory)) {
			best = i
		}
	}
	if best < 0 {
		return make([]byte, 0, sizeClass(size))
	}
	memory := b.free[best].memory
	b.free = slices.Delete(b.free, best, best+1)
	return memory[:0]
}

// sizeClass rounds up, by an eighth at the most.
func sizeClass(size int) int {
	step := 1 << max(bits.Len(uint(size))-4, 6)
	return (size + step - 1) / step * step
}

// Free takes the memory of a body that no one reads any more.
func (b *Bodies) Free(body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, freeBody{memory: body})
}

// Next begins an export, and lets go of what was of no use to the last ones.
func (b *Bodies) Next() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.free {
		b.free[i].unused++
	}
	b.free = slices.DeleteFunc(b.free, func(f freeBody) bool { return f.unused > keepBodies })
}
