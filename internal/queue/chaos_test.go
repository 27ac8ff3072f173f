package queue

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"
)

// A count follows what becomes of each batch.
type count struct {
	mu    sync.Mutex
	state map[uint64]string // by number
	ids   map[uint64]uint64
}

func (c *count) note(t *testing.T, seq uint64, from, to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := c.state[seq]; got != from && got != "gone" {
		t.Errorf("batch %d: %s, but it is %q", seq, to, got)
	}
	c.state[seq] = to
}

// Several goroutines push, take, remove and look, while the disk fails, hangs,
// does not read or is removed: each batch comes once, or is told to be gone.
func TestSpoolConcurrentSafe(t *testing.T) {
	r := newRig(t, 20_000, func(o *DiskOptions) { o.segment, o.Bound, o.files = 2000, 60_000, 3 })
	c := &count{state: map[uint64]string{}, ids: map[uint64]uint64{}}
	var work sync.WaitGroup
	stop := make(chan struct{})
	stopped := func() bool {
		select {
		case <-stop:
			return true
		default:
			return false
		}
	}
	work.Go(func() { // pushes
		for id := uint64(1); id <= 4000; id++ {
			c.mu.Lock()
			seq := r.Push(numbered(id, rand.N(300)))
			c.ids[seq], c.state[seq] = id, "pushed"
			c.mu.Unlock()
			if id%20 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		close(stop)
	})
	heed := func() {
		for _, n := range r.Notices() {
			if n.Seq == 0 && n.Points > 0 {
				t.Errorf("told %+v", n)
			}
			if n.Seq != 0 {
				c.mu.Lock()
				c.state[n.Seq] = "gone"
				c.mu.Unlock()
			}
		}
	}
	takeAll := func() {
		for {
			e, ok := r.Take()
			if !ok {
				return
			}
			if id, err := identify(e.Batch); err != nil || id != c.idOf(e.Seq) {
				t.Errorf("batch %d is not what was pushed: %v", e.Seq, err)
			}
			c.note(t, e.Seq, "pushed", "taken")
			if rand.N(3) > 0 {
				r.Remove(e.Seq)
				c.note(t, e.Seq, "taken", "removed")
			}
		}
	}
	work.Go(func() { // takes
		for !stopped() {
			heed()
			takeAll()
			<-r.bell
		}
	})
	work.Go(func() { // looks
		for !stopped() {
			if all, part := r.Size(), r.Volatile(); all.Batches < 0 || part.Batches < 0 || part.Bytes < 0 {
				t.Errorf("size %v, of which do not last %v", all, part)
			}
			r.Lasts(rand.Uint64N(4000))
			r.Failure()
			time.Sleep(100 * time.Microsecond)
		}
	})
	work.Go(func() { // spoils
		for !stopped() {
			hanging := make(chan struct{})
			r.disk.set([]faults{{write: true}, {short: true}, {reading: 1}, {hanging: hanging}, {opening: true}, {}}[rand.N(6)])
			time.Sleep(rand.N(5 * time.Millisecond))
			r.disk.set(faults{})
			close(hanging)
			if rand.N(10) == 0 {
				os.RemoveAll(r.dir)
			}
			time.Sleep(rand.N(5 * time.Millisecond))
		}
	})
	ring := make(chan struct{})
	go func() { // so that the one who takes sees the end
		defer close(ring)
		for !stopped() {
			time.Sleep(time.Millisecond)
			select {
			case r.bell <- struct{}{}:
			default:
			}
		}
		select {
		case r.bell <- struct{}{}:
		default:
		}
	}()
	work.Wait()
	<-ring
	r.disk.set(faults{})
	r.await("all that can be taken", func() bool {
		takeAll()
		heed()
		return r.countOf(c, "pushed") == 0
	})
	if got, want := r.Size().Batches, r.countOf(c, "taken"); got != want {
		t.Errorf("%d are held, %d were taken and not removed", got, want)
	}
	for seq, state := range c.state {
		if state == "taken" {
			r.Remove(seq)
		}
	}
	if got, part := r.Size(), r.Volatile(); got != (Size{}) || part != (Size{}) {
		t.Errorf("left are %v, of which do not last %v", got, part)
	}
	t.Logf("removed %d, gone %d", r.countOf(c, "removed"), r.countOf(c, "gone"))
	r.close()
	wantContents(t, openDisk(t, r.dir, testOptions()), nil)
}

func (c *count) idOf(seq uint64) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[seq]
}

func (r *rig) countOf(c *count, state string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.state {
		if s == state {
			n++
		}
	}
	return n
}
