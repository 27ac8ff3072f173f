package heaptest

import (
	"runtime"
	"testing"
)

// A failure is a test that may fail without failing this one.
type failure struct {
	testing.TB
	failed bool
}

func (f *failure) Helper()               {}
func (f *failure) Errorf(string, ...any) { f.failed = true }

var held []byte

func TestWithinSeesWhatIsHeld(t *testing.T) {
	for _, size := range []int{8 << 20, 64 << 20} {
		f := &failure{TB: t}
		got := Within(f, 32<<20, func() {
			held = make([]byte, size)
			runtime.GC()
			held = nil
		})
		if got < int64(size) || got > int64(size)+1<<20 || f.failed != (size > 32<<20) {
			t.Errorf("%d KiB held, seen as %d KiB, failed: %t", size>>10, got>>10, f.failed)
		}
	}
}

func TestWithinLeavesGarbageOut(t *testing.T) {
	Within(t, 32<<20, func() {
		for range 20_000 {
			held = make([]byte, 64<<10)
		}
		held = nil
	})
}
