package queue

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A rig is a spool on a disk that fails at will, and one that watches it.
type rig struct {
	*Spool
	t     *testing.T
	disk  *failingDisk
	dir   string
	bell  chan struct{} // holds one: the spool told that something is new
	heard []Notice
}

func newRig(t *testing.T, bound int64, set func(*DiskOptions)) *rig {
	t.Helper()
	r := &rig{t: t, disk: newFailingDisk(t), dir: spoolDir(t), bell: make(chan struct{}, 1)}
	r.open(bound, set)
	t.Cleanup(r.close)
	return r
}

func (r *rig) open(bound int64, set func(*DiskOptions)) {
	r.t.Helper()
	opts := testOptions()
	opts.open = r.disk.open
	if set != nil {
		set(&opts)
	}
	d, err := OpenDisk(r.dir, opts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Spool = NewSpool(d, bound)
	r.Watch(func() {
		select {
		case r.bell <- struct{}{}:
		default:
		}
	})
}

func (r *rig) close() { r.Close(context.Background()) }

// await waits until something is so.
func (r *rig) await(what string, so func() bool) {
	r.t.Helper()
	limit := time.After(time.Minute)
	for !so() {
		select {
		case <-r.bell:
		case <-limit:
			r.t.Fatalf("%s never came; notices %q", what, texts(r.told()))
		}
	}
}

// told returns all notices up to now.
func (r *rig) told() []Notice {
	r.heard = append(r.heard, r.Notices()...)
	return r.heard
}

// tells tells whether a notice has these words.
func (r *rig) tells(words string) bool {
	return strings.Contains(strings.Join(texts(r.told()), "\n"), words)
}

func (r *rig) push(ids ...uint64) (seqs []uint64) {
	for _, id := range ids {
		seqs = append(seqs, r.Push(numbered(id, 100)))
	}
	return seqs
}

func (r *rig) awaitDisk() {
	r.t.Helper()
	r.await("the disk", func() bool { return r.Volatile() == Size{} })
}

// take waits for the next batch and returns its number and id.
func (r *rig) take() (seq, id uint64) {
	r.t.Helper()
	var e Entry
	r.await("a batch", func() (ok bool) { e, ok = r.Take(); return ok })
	id, err := identify(e.Batch)
	if err != nil {
		r.t.Fatal(err)
	}
	return e.Seq, id
}

// drain takes all out as an owner does.
func (r *rig) drain() (ids []uint64) {
	r.t.Helper()
	for r.Size().Batches > 0 {
		seq, id := r.take()
		ids = append(ids, id)
		r.Remove(seq)
	}
	return ids
}

func texts(notices []Notice) (all []string) {
	for _, n := range notices {
		if n.Err != nil {
			all = append(all, n.Err.Error())
		}
	}
	return all
}

// What is pushed can be taken at once, is on disk soon, and goes from there when
// it is removed.
func TestSpoolGoesThroughMemory(t *testing.T) {
	r := newRig(t, 10_000, nil)
	seq := r.push(1)[0]
	if e, ok := r.Take(); !ok || e.Seq != seq {
		t.Errorf("took %d (%t)", e.Seq, ok)
	}
	r.awaitDisk()
	if !r.Lasts(seq) || r.Size().Batches != 1 {
		t.Errorf("it lasts: %t, size %v", r.Lasts(seq), r.Size())
	}
	if _, ok := r.Take(); ok {
		t.Error("it was taken twice")
	}
	if !r.Remove(seq) || r.Size() != (Size{}) || len(r.told()) > 0 {
		t.Errorf("size %v, told %q", r.Size(), texts(r.told()))
	}
	r.close()
	wantContents(t, openDisk(t, r.dir, testOptions()), nil)
}

// What an earlier process left goes first, then what is on disk, in order.
func TestSpoolDrainsInOrder(t *testing.T) {
	r := newRig(t, 1<<20, nil)
	r.push(ids(1, 50)...)
	r.close()
	r.open(1<<20, nil)
	r.push(ids(51, 99)...)
	if got := r.drain(); !slices.Equal(got, ids(1, 99)) {
		t.Errorf("drained %v", got)
	}
}

// A spool that is closed has brought all to the disk.
func TestSpoolClosed(t *testing.T) {
	r := newRig(t, 1<<20, nil)
	seqs := r.push(ids(1, 20)...)
	r.Remove(seqs[3])
	if err := r.Close(t.Context()); err != nil || r.Volatile() != (Size{}) || r.Size().Batches != 19 {
		t.Errorf("%v: %v does not last of %v", err, r.Volatile(), r.Size())
	}
	if _, ok := r.Take(); ok {
		t.Error("there is one to take")
	}
	r.push(21)
	if got := r.told(); len(got) != 1 || got[0].Points != 22 {
		t.Errorf("told %v", got)
	}
	// The fourth may have been on disk before it was removed: it is sent once more, for
	// a cursor tells of those before all that wait alone.
	left := contents(t, openDisk(t, r.dir, testOptions()))
	if without := append(ids(1, 3), ids(5, 20)...); !slices.Equal(left, without) && !slices.Equal(left, ids(1, 20)) {
		t.Errorf("the queue holds %v", left)
	}
}

// While the disk fails batches stay in memory; they are written when it is back.
func TestSpoolSurvivesAFailingDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 10_000, nil)
		r.push(1)
		r.awaitDisk()
		r.disk.set(faults{write: true})
		seqs := r.push(2, 3)
		r.await("a failure", func() bool { return r.Failure() != nil })
		if r.Lasts(seqs[0]) || r.Volatile().Batches != 2 || r.Size().Batches != 3 {
			t.Errorf("in memory %v, in all %v", r.Volatile(), r.Size())
		}
		if err := r.Failure().Error(); !strings.Contains(err, errDisk.Error()) || !strings.Contains(err, r.dir) || !strings.Contains(err, "check the disk") {
			t.Errorf("failure %q", err)
		}
		r.disk.set(faults{})
		r.awaitDisk()
		r.await("the end of it", func() bool { return r.tells("again") })
		if told := texts(r.told()); len(told) != 2 || !strings.Contains(told[0], "memory") || r.Failure() != nil {
			t.Errorf("told %q, want that it began and that it ended; %v", told, r.Failure())
		}
		if got := r.drain(); !slices.Equal(got, ids(1, 3)) {
			t.Errorf("drained %v", got)
		}
	})
}

// The bound of memory takes the oldest that is not on disk.
func TestSpoolEvictsFromMemory(t *testing.T) {
	r := newRig(t, 250, nil)
	r.disk.set(faults{write: true})
	first := r.push(1)[0]
	r.await("a failure", func() bool { return r.Failure() != nil })
	r.push(2, 3)
	_, full := sum(r.told())
	if full.Batches != 1 || r.heard[len(r.heard)-1].Seq != first {
		t.Errorf("told %+v", r.heard)
	}
	if got := r.Size(); got.Batches != 2 {
		t.Errorf("size %v", got)
	}
}
