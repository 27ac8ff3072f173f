package sender

import (
	"math/bits"
	"slices"
	"sync"
)

// keepBodies is for how many exports memory is kept that none of them used.
const keepBodies = 4

// keepBytes of memory are kept though no export takes as much.
const keepBytes = 4 << 20

// Bodies are memory for the bodies of batches. What an export needs is what the
// one before needed, if that was delivered meanwhile; no more than that is kept.
type Bodies struct {
	mu     sync.Mutex
	free   map[int][]freeBody // by the size class that they fill
	bytes  int                // in free
	taken  int                // bytes, by this export
	before int                // and by the last one
	tidied bool               // in this export, for want of room
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
	memory := b.fitting(size)
	if memory == nil {
		memory = make([]byte, 0, sizeClass(size))
	}
	b.taken += cap(memory)
	return memory
}

// fitting returns memory that is free; nil where none fits.
func (b *Bodies) fitting(size int) []byte {
	for class := sizeClass(size); class <= 2*size; class = sizeClass(class + 1) {
		if memory := b.take(class); memory != nil {
			return memory[:0]
		}
	}
	return nil
}

// take returns memory that fills a size class; nil where there is none.
func (b *Bodies) take(class int) []byte {
	all := b.free[class]
	if len(all) == 0 {
		return nil
	}
	last := len(all) - 1
	memory := all[last].memory
	all[last] = freeBody{}
	b.put(class, all[:last])
	b.bytes -= cap(memory)
	return memory
}

func (b *Bodies) put(class int, all []freeBody) {
	if len(all) == 0 {
		delete(b.free, class)
		return
	}
	if b.free == nil {
		b.free = map[int][]freeBody{}
	}
	b.free[class] = all
}

// sizeClass rounds up, by an eighth at the most.
func sizeClass(size int) int {
	step := classStep(size)
	return (size + step - 1) / step * step
}

// filled is the largest size class that memory of a size is enough for.
func filled(size int) int {
	return size - size%classStep(size)
}

func classStep(size int) int { return 1 << max(bits.Len(uint(size))-4, 6) }

// Free takes the memory of a body that no one reads any more.
func (b *Bodies) Free(body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	most := max(b.taken, b.before, keepBytes) - cap(body)
	if b.bytes > most && !b.tidied {
		b.tidied = true
		b.letGo(1) // the last export had no use for it
	}
	if b.bytes > most {
		return
	}
	b.bytes += cap(body)
	class := filled(cap(body))
	b.put(class, append(b.free[class], freeBody{memory: body}))
}

// Next begins an export, and lets go of what was of no use to the last ones.
func (b *Bodies) Next() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken, b.before, b.tidied = 0, b.taken, false
	for _, all := range b.free {
		for i := range all {
			all[i].unused++
		}
	}
	b.letGo(keepBodies)
}

// letGo gives up the memory that more exports than that did not use.
func (b *Bodies) letGo(exports int) {
	for class, all := range b.free {
		b.put(class, slices.DeleteFunc(all, func(f freeBody) bool {
			worn := f.unused > exports
			if worn {
				b.bytes -= cap(f.memory)
			}
			return worn
		}))
	}
}
