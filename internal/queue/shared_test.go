package queue

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

const (
	sharers   = 4
	shareSize = 8000 // bytes of a batch
)

// shareChild fills its share of a spool to the bound, tells the ids of what is
// there, and holds it.
func shareChild(dir string) {
	go endWithParent()
	opts := testOptions()
	opts.Bound = MinDisk
	d, err := OpenDisk(dir, opts)
	if err != nil {
		panic(err)
	}
	first := uint64(os.Getpid()) << 20
	for id := first; id < first+800; id++ {
		if _, err := d.Push(numbered(id, shareSize)); err != nil {
			panic(err)
		}
	}
	fmt.Println(d.slots.own.name, first+800-uint64(d.Size().Batches), first+799)
	select {}
}

// Each of several processes has the bound for itself; one that takes over what the
// others left drops nothing of it to make room for its own. The slot that it goes
// on in is its own, with what is in it.
func TestProcessesThatShareADirectory(t *testing.T) {
	dir := diskDir(t)
	var theirs []uint64 // ids in slots that are taken over
	var all []*child
	for range sharers {
		all = append(all, startChild(t, "share", dir))
	}
	for _, c := range all {
		c.awaitLine(t)
		var slot string
		var first, last uint64
		if _, err := fmt.Sscan(c.lines.Text(), &slot, &first, &last); err != nil {
			t.Fatal(err)
		}
		if slot != "slot-1" {
			theirs = append(theirs, ids(first, last)...)
		}
	}
	for _, c := range all {
		c.kill()
	}
	used := usedOnDisk(t, dir)
	if len(theirs) < (sharers-1)*350 || used > sharers*MinDisk || used < sharers*MinDisk*3/4 {
		t.Fatalf("%d batches, all in %d bytes", len(theirs), used)
	}

	opts := testOptions()
	opts.Bound = MinDisk
	d := openDisk(t, dir, opts)
	before := d.Size()
	for id := range uint64(1000) {
		fill(t, d, shareSize, id)
	}
	if used := usedOnDisk(t, dir); used > sharers*MinDisk {
		t.Errorf("%d bytes are used", used)
	}
	lost, full := sum(d.Notices())
	got := contents(t, d)
	for _, id := range theirs {
		if !slices.Contains(got, id) {
			t.Fatalf("batch %d made room", id)
		}
	}
	if lost != (Size{}) || full.Batches != before.Batches+1000-len(got) {
		t.Errorf("%d batches are left of %d; lost %v, taken by the bound %v", len(got), before.Batches+1000, lost, full)
	}
}
