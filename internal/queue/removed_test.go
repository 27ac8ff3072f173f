package queue

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func noWindows(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("what is open cannot be removed here")
	}
}

// removals are ways to take a spool away from under a process, by what is
// removed, given the directory of an endpoint.
var removals = map[string]func(dir string) error{
	"all":      func(dir string) error { return os.RemoveAll(filepath.Dir(dir)) },
	"endpoint": os.RemoveAll,
	"slot":     func(dir string) error { return os.RemoveAll(dir + "/slot-1") },
	"moved":    func(dir string) error { return os.Rename(filepath.Dir(dir), filepath.Dir(dir)+".old") },
	"segments": func(dir string) error {
		names, err := filepath.Glob(dir + "/slot-1/*.seg")
		for _, name := range names {
			os.Remove(name)
		}
		return err
	},
}

// What was in files that someone removed can be sent yet, ends with the process,
// and is told; what comes later is on disk again.
func TestSpoolRemovedWhileUsed(t *testing.T) {
	noWindows(t)
	for name, remove := range removals {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 1<<20, nil)
			old := r.push(1, 2, 3)
			r.awaitDisk()
			if err := remove(files(t, r.dir, "")[0]); err != nil {
				t.Fatal(err)
			}
			r.Spool.disk.looked = time.Time{} // as after a second
			fresh := r.push(4)[0]
			r.await("the disk", func() bool { return r.Lasts(fresh) })
			if r.Lasts(old[0]) || r.Volatile().Batches != 3 || r.Volatile().Points != 2+3+4 {
				t.Errorf("of what was removed %v is said not to last", r.Volatile())
			}
			if !r.tells("was removed while this process used it") || !r.tells("end with the process") || r.Failure() != nil {
				t.Errorf("told %q, failure %v", texts(r.told()), r.Failure())
			}
			later := r.push(5)[0]
			r.await("the disk", func() bool { return r.Lasts(later) })
			wantOnDisk(t, r.dir, 4, 5)
			if got := r.drain(); !slices.Equal(got, ids(1, 5)) {
				t.Errorf("drained %v", got)
			}
			if r.Volatile() != (Size{}) {
				t.Errorf("left %v", r.Volatile())
			}
			r.push(6)
			r.close()
			wantContents(t, openDisk(t, r.dir, testOptions()), ids(6, 6))
		})
	}
}

// wantOnDisk looks for batches in the files themselves.
func wantOnDisk(t *testing.T, dir string, ids ...uint64) {
	t.Helper()
	var all []byte
	for _, name := range files(t, dir, "*/*.seg") {
		all = append(all, read(t, name)...)
	}
	for _, id := range ids {
		if !strings.Contains(string(all), string(numbered(id, 100).Body)) {
			t.Errorf("batch %d is not on disk", id)
		}
	}
}

// Files that are not open are gone when they are removed: what was in them is
// told, each batch with its points.
func TestClosedFilesRemovedWhileUsed(t *testing.T) {
	noWindows(t)
	set := func(o *DiskOptions) { o.segment, o.files = 400, 1 }
	r := newRig(t, 1<<20, set)
	r.push(ids(1, 9)...)
	r.close()
	r.open(1<<20, set)
	if err := os.RemoveAll(r.dir); err != nil {
		t.Fatal(err)
	}
	seq := r.push(10)[0]
	r.await("the disk", func() bool { return r.Lasts(seq) })
	left := r.drain()
	lost, _ := sum(r.told())
	points := lost.Points
	for _, id := range left {
		points += int(id) + 1
	}
	if lost.Batches+len(left) != 10 || points != 65 || lost.Batches < 3 {
		t.Errorf("left %v, lost %v", left, lost)
	}
}

// Where the directory cannot be made again batches wait in memory until it can.
func TestSpoolCannotBeMadeAgain(t *testing.T) {
	noWindows(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1<<20, nil)
		r.push(1)
		r.awaitDisk()
		os.RemoveAll(r.dir)
		write(t, r.dir, []byte("in the way"))
		seq := r.push(2)[0]
		r.await("a failure", func() bool { return r.Failure() != nil })
		if r.Lasts(seq) || !strings.Contains(r.Failure().Error(), r.dir) {
			t.Errorf("it lasts: %t; %v", r.Lasts(seq), r.Failure())
		}
		os.Remove(r.dir)
		r.await("the disk", func() bool { return r.Lasts(seq) })
		r.await("the end of it", func() bool { return r.Failure() == nil && r.tells("again") })
		if got := r.drain(); !slices.Equal(got, ids(1, 2)) {
			t.Errorf("drained %v", got)
		}
	})
}

// A lock that someone removes is made again, so that nobody else takes the slot.
func TestLockRemovedWhileUsed(t *testing.T) {
	noWindows(t)
	r := newRig(t, 1<<20, nil)
	r.push(1)
	r.awaitDisk()
	os.Remove(files(t, r.dir, "slot-1/lock")[0])
	r.Spool.disk.looked = time.Time{}
	r.push(2)
	r.awaitDisk()
	wantContents(t, openDisk(t, r.dir, testOptions()), nil)
	if got := r.drain(); !slices.Equal(got, ids(1, 2)) || len(r.told()) > 0 {
		t.Errorf("drained %v, told %q", got, texts(r.told()))
	}
}

// pushChild pushes without end, and tells of a batch when it lasts.
func pushChild(dir string) {
	bell := make(chan struct{}, 1)
	s := NewSpool(childDisk(dir, SyncEach), 1<<20)
	s.Watch(func() {
		select {
		case bell <- struct{}{}:
		default:
		}
	})
	for id := uint64(1); ; id++ {
		seq := s.Push(numbered(id, 1000))
		for !s.Lasts(seq) {
			<-bell
		}
		fmt.Println("+", id)
	}
}

// What a process said to be on disk after its spool was removed is there when it
// is killed.
func TestKilledAfterItsSpoolWasRemoved(t *testing.T) {
	noWindows(t)
	dir := diskDir(t)
	c := startChild(t, "push", dir)
	c.awaitLine(t)
	if err := os.RemoveAll(dir); err != nil {
		t.Log(err) // it was quick to make it again
	}
	before := lastOf(t, c.lines, 1)
	after := lastOf(t, c.lines, 200)
	c.kill()
	got := contents(t, openDisk(t, dir, testOptions()))
	// Of those that were told in between some were before the removal.
	for id := before + 100; id <= after; id++ {
		if !slices.Contains(got, id) {
			t.Fatalf("batch %d is lost; up to %d came", id, after)
		}
	}
}

// lastOf returns the id in the last of some lines.
func lastOf(t *testing.T, lines *bufio.Scanner, n int) (id uint64) {
	t.Helper()
	for range n {
		if !lines.Scan() {
			t.Fatal("the child has ended")
		}
	}
	if _, err := fmt.Sscan(strings.TrimPrefix(lines.Text(), "+ "), &id); err != nil {
		t.Fatal(err)
	}
	return id
}
