package queue

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// Batches are done with in any order: those that wait are there when the next
// process comes, no others are, and nothing is said to be missing, whichever files
// are gone.
func TestDoneWithInAnyOrder(t *testing.T) {
	for seed := range uint64(20) {
		dir, r := spoolDir(t), rand.New(rand.NewPCG(seed, 1))
		opts := testOptions()
		opts.segment, opts.files = 1000, int(1+seed%5)
		d := openDisk(t, dir, opts)
		waiting := map[uint64]uint64{} // ids by number
		for id := range uint64(60) {
			waiting[fill(t, d, 100+r.IntN(200), id+1)[0]] = id + 1
		}
		next := uint64(61)
		for len(waiting) > 0 {
			for seq := range waiting {
				if r.IntN(4) > 0 {
					d.Remove(seq)
					delete(waiting, seq)
				}
				if r.IntN(20) == 0 {
					break
				}
			}
			var want []uint64
			for _, id := range waiting {
				want = append(want, id)
			}
			slices.Sort(want)
			d.Close()
			d = openDisk(t, dir, opts)
			wantContents(t, d, want)
			wantNoNotice(t, d)
			clear(waiting)
			for after := uint64(0); len(waiting) < len(want); {
				e, _, _ := d.Next(after)
				waiting[e.Seq], _ = identify(e.Batch)
				after = e.Seq
			}
			if next < 90 && r.IntN(2) == 0 {
				waiting[fill(t, d, 150, next)[0]] = next
				next++
			}
		}
		d.Close()
		if left := files(t, dir, "*/*.seg"); len(left) > 1 {
			t.Errorf("seed %d: files are left: %v", seed, left)
		}
	}
}

// What is really missing is told once, whatever was done with out of turn.
func TestMissingBesideDoneWith(t *testing.T) {
	dir := spoolDir(t)
	opts := testOptions()
	opts.segment = 1000
	d := openDisk(t, dir, opts)
	seqs := fill(t, d, 400, ids(1, 12)...) // two in each file
	d.Remove(seqs[4])
	d.Remove(seqs[5])
	d.Close()
	segments := files(t, dir, "*/*.seg")
	if len(segments) != 5 {
		t.Fatalf("files: %v", segments)
	}
	if err := os.Remove(segments[3]); err != nil { // with 9 and 10
		t.Fatal(err)
	}
	d = openDisk(t, dir, opts)
	wantContents(t, d, []uint64{1, 2, 3, 4, 7, 8, 11, 12})
	if lost, _ := sum(d.Notices()); lost.Batches != 2 || lost.Points != 10+11 {
		t.Errorf("lost %v", lost)
	}
	d.Close()
	d = openDisk(t, dir, opts)
	wantNoNotice(t, d)
}

// Batches on disk are taken out of turn, given back and taken again.
func TestSpoolTakesOutOfTurn(t *testing.T) {
	r := newRig(t, 1<<20, nil)
	defer r.close()
	seqs := r.push(ids(1, 30)...)
	r.awaitDisk()
	within := func(first, last uint64) (got uint64) {
		r.await("a batch", func() bool {
			e, ok, later := r.TakeWithin(first, last)
			got = e.Seq
			return ok || !later
		})
		return got
	}
	for i := 20; i < 25; i++ {
		if got := within(seqs[20], seqs[24]); got != seqs[i] {
			t.Fatalf("took %d, want %d", got, seqs[i])
		}
	}
	if got := within(seqs[20], seqs[24]); got != 0 {
		t.Errorf("took %d twice", got)
	}
	r.Return(seqs[22], false)
	r.Return(seqs[3], false) // it was not taken
	if got := within(seqs[20], seqs[24]); got != seqs[22] {
		t.Errorf("took %d, want the one that was given back", got)
	}
	if got := within(seqs[27], seqs[28]); got != seqs[27] {
		t.Errorf("took %d", got)
	}
	r.Return(seqs[21], false)
	for _, i := range []int{20, 22, 23, 24, 27} {
		r.Remove(seqs[i])
	}
	want := slices.Concat(ids(1, 20), []uint64{22}, ids(26, 27), ids(29, 30))
	if got := r.drain(); !slices.Equal(got, want) {
		t.Errorf("drained %v, want %v", got, want)
	}
}

// The same in memory.
func TestMemoryTakesOutOfTurn(t *testing.T) {
	q := NewMemory(1 << 20)
	for range 10 {
		q.Push(batch(1, 10))
	}
	take := func(first, last uint64) uint64 {
		e, _, _ := q.TakeWithin(first, last)
		return e.Seq
	}
	got := []uint64{take(7, 8), take(7, 8), take(7, 8)}
	e, _ := q.Take()
	q.Return(8, false)
	got = append(got, e.Seq, take(7, 8))
	q.Return(1, false)
	q.Return(7, false)
	q.Remove(7)
	q.Return(7, false)
	for {
		e, ok := q.Take()
		if !ok {
			break
		}
		got = append(got, e.Seq)
	}
	if want := []uint64{7, 8, 0, 1, 8, 1, 2, 3, 4, 5, 6, 9, 10}; !slices.Equal(got, want) {
		t.Errorf("took %v, want %v", got, want)
	}
}

// After a burst the memory of its places comes back.
func TestMemoryOfABurstComesBack(t *testing.T) {
	q := NewMemory(1 << 40)
	for range 100_000 {
		q.Push(batch(1, 0))
	}
	for range 99_990 {
		e, _ := q.Take()
		q.Remove(e.Seq)
	}
	if places := cap(q.list.entries); places > 4*smallList {
		t.Errorf("%d places are kept for 10 batches", places)
	}
}
