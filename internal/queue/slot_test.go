package queue

import (
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// leaveSlots makes slots as dead processes leave them, which took turns.
func leaveSlots(t *testing.T, dir string, opts DiskOptions, turns ...int) {
	t.Helper()
	disks := make([]*Disk, slices.Max(turns)+1)
	for i := range disks {
		disks[i] = openDisk(t, dir, opts)
	}
	for i, who := range turns {
		fill(t, disks[who], 100, uint64(i))
		time.Sleep(time.Millisecond) // the age of segments
	}
	for _, d := range disks {
		d.Close()
	}
}

func TestAdoptedGoFirstByAge(t *testing.T) {
	dir := spoolDir(t)
	opts := testOptions()
	opts.segment = 100 // a segment for each record
	leaveSlots(t, dir, opts, 2, 0, 1, 1, 0, 2, 0)
	for range 2 { // the second time from where the first process ended
		d := openDisk(t, dir, opts)
		wantContents(t, d, ids(0, 6))
		wantNoNotice(t, d)
		d.Close()
	}
	d := openDisk(t, dir, opts)
	fill(t, d, 100, 7, 8)
	wantContents(t, d, ids(0, 8))
	if n := len(files(t, dir, "slot-*")); n != 3 {
		t.Errorf("%d slots", n)
	}
	for range 5 {
		takeOne(t, d)
	}
	d.Close()

	d = openDisk(t, dir, opts)
	wantContents(t, d, ids(5, 8))
	fill(t, d, 100, 9)
	if n := drain(t, d); n != 5 {
		t.Errorf("%d drained", n)
	}
	if left := files(t, dir, "slot-*"); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// Slots of one segment each: records of the first are not above those of the
// second in their files, but in the queue they are.
func TestAdoptedAreNumberedAnew(t *testing.T) {
	dir := spoolDir(t)
	leaveSlots(t, dir, testOptions(), 0, 0, 0, 1, 1, 1, 1)
	d := openDisk(t, dir, testOptions())
	wantContents(t, d, ids(0, 6))
	e, _, _ := d.Next(4)
	d.Remove(e.Seq)
	d.Remove(1)
	wantContents(t, d, []uint64{1, 2, 3, 5, 6})
	d.Close()
	wantContents(t, openDisk(t, dir, testOptions()), []uint64{1, 2, 3, 5, 6})
}

// What comes from other processes makes no room for what this one pushes.
func TestAdoptedAreNotEvicted(t *testing.T) {
	dir := spoolDir(t)
	leaveSlots(t, dir, testOptions(), 0, 1, 2, 2, 1)
	opts := testOptions()
	opts.Bound, opts.segment = 1200, 500
	d := openDisk(t, dir, opts)
	fill(t, d, 400, ids(9, 15)...)
	if got := contents(t, d); !slices.Equal(got, []uint64{1, 4, 2, 3, 14, 15}) {
		t.Errorf("held %v", got)
	}
	if _, full := sum(d.Notices()); full.Batches != 6 {
		t.Errorf("%d batches were taken by the bound", full.Batches)
	}
}

func TestQueuesOfOneProcessHaveTheirOwnSlots(t *testing.T) {
	dir := spoolDir(t)
	one, two := openDisk(t, dir, testOptions()), openDisk(t, dir, testOptions())
	fill(t, one, 10, 1)
	fill(t, two, 10, 2)
	wantContents(t, one, ids(1, 1))
	wantContents(t, two, ids(2, 2))
}

func TestEndpointsAreKeptApart(t *testing.T) {
	dir := spoolDir(t)
	fill(t, openDisk(t, dir, testOptions()), 10, 1)
	opts := testOptions()
	opts.Endpoint += "/other"
	wantContents(t, openDisk(t, dir, opts), nil)
	if a, b := EndpointDir(testEndpoint), EndpointDir(opts.Endpoint); a == b || len(a) != 32 {
		t.Errorf("%s and %s", a, b)
	}
}

// A crash can leave a slot at any moment of its making and removal.
func TestHalfASlot(t *testing.T) {
	dir := spoolDir(t)
	d := openDisk(t, dir, testOptions())
	fill(t, d, 10, 1, 2)
	d.Close()
	slot := files(t, dir, "slot-1")[0]
	for _, name := range []string{"lock", "cursor"} {
		if err := os.Remove(slot + "/" + name); err != nil {
			t.Fatal(err)
		}
	}
	write(t, slot+"/00000000000000000003.seg", nil)
	write(t, slot+"/00000000000000000004.seg", make([]byte, segmentHead))
	if err := os.Mkdir(files(t, dir, "")[0]+"/slot-2", 0o700); err != nil {
		t.Fatal(err)
	}
	d = openDisk(t, dir, testOptions())
	wantContents(t, d, ids(1, 2))
	wantNoNotice(t, d)
	if left := files(t, dir, "slot-*/*.seg"); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// Queues that come and go at the same time, as those of processes do, lose
// nothing and give nothing twice.
func TestSlotsConcurrentSafe(t *testing.T) {
	dir := spoolDir(t)
	var mu sync.Mutex
	seen := map[uint64]int{}
	take := func(d *Disk) bool {
		e, ok, err := d.Next(0)
		if !ok {
			return false
		}
		d.Remove(e.Seq)
		var id uint64
		if err == nil {
			id, err = identify(e.Batch)
		}
		mu.Lock()
		defer mu.Unlock()
		seen[id]++
		return err == nil
	}
	const workers, rounds = 6, 20
	var all sync.WaitGroup
	for worker := range uint64(workers) {
		all.Go(func() {
			for round := range uint64(rounds) {
				d, err := OpenDisk(dir, testOptions())
				if err != nil {
					t.Error(err)
					return
				}
				for i := range uint64(3) {
					if _, err := d.Push(numbered(worker*1000+round*10+i, 20)); err != nil {
						t.Error(err)
					}
				}
				take(d)
				take(d)
				wantNoNotice(t, d)
				d.Close()
			}
		})
	}
	all.Wait()
	d := openDisk(t, dir, testOptions())
	for take(d) {
	}
	if len(seen) != workers*rounds*3 {
		t.Errorf("%d batches came, %d were pushed", len(seen), workers*rounds*3)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("batch %d came %d times", id, n)
		}
	}
}
