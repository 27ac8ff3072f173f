package sender

import (
	"sync"
	"testing"
)

func TestBodiesGivesMemoryAgain(t *testing.T) {
	var p Bodies
	first := p.Room(1000)
	if len(first) != 0 || cap(first) < 1000 || cap(first) > 1125 {
		t.Fatalf("%d bytes of %d for 1000", len(first), cap(first))
	}
	body := append(first, "body"...)
	p.Free(body)
	again := p.Room(990)
	if len(again) != 0 || &again[:1][0] != &body[0] {
		t.Error("a body of about the size has other memory")
	}
	if other := p.Room(990); &other[:1][0] == &body[0] {
		t.Error("two bodies have one memory")
	}
}

// The smallest that is large enough is given, and none that is much too large.
func TestBodiesFits(t *testing.T) {
	var p Bodies
	for _, n := range []int{4000, 1000, 3000} {
		p.Free(make([]byte, 0, n))
	}
	for _, test := range []struct{ size, want int }{{2500, 3000}, {2500, 4000}, {100, sizeClass(100)}, {900, 1000}, {900, sizeClass(900)}} {
		if got := cap(p.Room(test.size)); got != test.want {
			t.Errorf("%d bytes are given for %d, want %d", got, test.size, test.want)
		}
	}
}

func TestBodiesForgets(t *testing.T) {
	var p Bodies
	p.Free(make([]byte, 0, 1<<20))
	for range keepBodies {
		p.Next()
	}
	if len(p.free) != 1 {
		t.Error("memory is let go too early")
	}
	if p.Next(); len(p.free) != 0 {
		t.Error("memory that no export uses is kept")
	}
}

func TestBodiesConcurrentSafe(t *testing.T) {
	var p Bodies
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				body := append(p.Room(100+i%50), byte(g))
				if body[0] != byte(g) {
					t.Error("two have one memory")
				}
				p.Free(body)
				if i%10 == 0 {
					p.Next()
				}
			}
		})
	}
	wg.Wait()
}

// Memory that the last export had no use for gives way to what this one used.
func TestBodiesPreferWhatIsUsed(t *testing.T) {
	const size = 30_000
	var p Bodies
	export := func(n int) {
		p.Next()
		bodies := make([][]byte, n)
		for i := range bodies {
			bodies[i] = p.Room(size)
		}
		for _, body := range bodies {
			p.Free(body)
		}
	}
	p.Free(make([]byte, 0, keepBytes))
	const n = 2 * keepBytes / size
	export(n)
	export(n)
	if got := len(p.free[sizeClass(size)]); got != n {
		t.Errorf("the memory of %d bodies is kept, want that of all %d", got, n)
	}
	if p.bytes != n*sizeClass(size) {
		t.Errorf("%d bytes are kept", p.bytes)
	}
}
