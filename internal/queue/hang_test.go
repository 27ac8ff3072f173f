package queue

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// quickly fails where a call waits for the disk.
func quickly(t *testing.T, what string, call func()) {
	t.Helper()
	begun := time.Now()
	if call(); time.Since(begun) > time.Second {
		t.Errorf("%s took %v", what, time.Since(begun))
	}
}

// A disk that does not answer for a while: nothing waits for it, batches go on
// from memory, it is told once, and what waits is written when it is back.
func TestDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1<<20, nil)
		r.push(ids(1, 9)...)
		r.awaitDisk()
		synctest.Wait()
		hanging := make(chan struct{})
		r.disk.set(faults{hanging: hanging})
		var seq uint64
		quickly(t, "Push", func() { seq = r.push(10)[0] })
		time.Sleep(patience - time.Millisecond)
		synctest.Wait()
		if r.Failure() != nil || len(r.told()) > 0 {
			t.Errorf("too early: %v, told %q", r.Failure(), texts(r.told()))
		}
		for id := range uint64(maxAhead) {
			if e, ok := r.Take(); !ok || e.Seq != id+1 {
				t.Errorf("took %d (%t), want what was read ahead", e.Seq, ok)
			}
		}
		if _, ok := r.Take(); ok {
			t.Error("what is newer went before what is older, while the disk may yet give that")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if err := r.Failure(); err == nil || !strings.Contains(err.Error(), "has not answered for 5s") || !strings.Contains(err.Error(), r.dir) {
			t.Errorf("failure: %v", err)
		}
		if r.Lasts(seq) || r.Volatile().Batches != 1 || r.Size().Batches != 10 {
			t.Errorf("in memory %v of %v", r.Volatile(), r.Size())
		}
		quickly(t, "a call", func() {
			if e, ok := r.Take(); !ok || e.Seq != seq {
				t.Errorf("took %d (%t), want %d", e.Seq, ok, seq)
			}
			if r.Remove(seq) {
				t.Error("the body that is written is said to be free")
			}
			r.push(11)
		})
		close(hanging)
		r.awaitDisk()
		synctest.Wait()
		if told := texts(r.told()); len(told) != 2 || !strings.Contains(told[1], "again") || r.Failure() != nil {
			t.Errorf("told %q, failure %v", told, r.Failure())
		}
		r.Remove(1)
		r.Remove(2)
		if got := r.drain(); !slices.Equal(got, append(ids(3, 9), 11)) {
			t.Errorf("drained %v", got)
		}
	})
}

// Close waits for its context and no longer; the files are closed when the disk
// lets them be.
func TestClosedWhileTheDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1<<20, nil)
		hanging := make(chan struct{})
		r.disk.set(faults{hanging: hanging})
		r.push(1, 2)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begun := time.Now()
		err := r.Close(ctx)
		if took := time.Since(begun); took != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close took %v: %v", took, err)
		}
		if r.Volatile().Batches != 2 {
			t.Errorf("%v is said not to last", r.Volatile())
		}
		time.Sleep(time.Minute)
		close(hanging)
		<-r.keeper.ended
		if _, err := r.Spool.disk.slots.own.lock.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("the lock is not closed: %v", err)
		}
	})
}

// frozenDisk mounts a file system that can be frozen.
func frozenDisk(t *testing.T) (dir string, freeze, thaw func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount and freeze a file system")
	}
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	run := func(name string, args ...string) error {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Logf("%s %v: %v: %s", name, args, err, out)
		}
		return err
	}
	write(t, image, nil)
	if err := os.Truncate(image, 32<<20); err != nil {
		t.Fatal(err)
	}
	if run("mkfs.ext4", "-q", image) != nil || run("mount", "-o", "loop", image, dir) != nil {
		t.Skip("no file system can be mounted here")
	}
	t.Cleanup(func() { run("umount", dir) })
	freeze = func() {
		if run("fsfreeze", "-f", dir) != nil {
			t.Skip("it cannot be frozen here")
		}
		t.Cleanup(func() { exec.Command("fsfreeze", "-u", dir).Run() })
	}
	return dir, freeze, func() { run("fsfreeze", "-u", dir) }
}

// As above, with a real disk and all that is done on one.
func TestFrozenDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes six seconds")
	}
	dir, freeze, thaw := frozenDisk(t)
	r := newRig(t, 1<<20, func(o *DiskOptions) { o.Sync, o.segment = SyncEach, 1000 })
	r.close()
	r.dir = filepath.Join(dir, "spool")
	set := func(o *DiskOptions) { o.Sync, o.segment = SyncEach, 1000 }
	r.open(1<<20, set)
	first := r.push(ids(1, 20)...)
	r.awaitDisk()
	freeze()
	var fresh []uint64
	quickly(t, "all calls", func() {
		fresh = r.push(ids(21, 30)...)
		r.Remove(first[19])
		r.Size()
	})
	r.await("a failure", func() bool { return r.Failure() != nil })
	var got []uint64
	quickly(t, "all calls", func() {
		for {
			e, ok := r.Take()
			if !ok {
				break
			}
			id, _ := identify(e.Batch)
			got = append(got, id)
			r.Remove(e.Seq)
		}
		r.push(31)
	})
	if want := append(ids(1, 2), ids(21, 30)...); r.Lasts(fresh[0]) || !slices.Equal(got, want) {
		t.Errorf("while it was frozen came %v, want %v", got, want)
	}
	thaw()
	r.awaitDisk()
	r.await("the end of it", func() bool { return r.Failure() == nil && r.tells("again") })
	if left, want := r.drain(), append(ids(3, 19), 31); !slices.Equal(left, want) {
		t.Errorf("afterwards came %v, want %v", left, want)
	}
	if lost, full := sum(r.told()); lost != (Size{}) || full != (Size{}) {
		t.Errorf("lost %v", lost)
	}

	r.push(32)
	r.awaitDisk()
	freeze()
	r.push(33)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	quickly(t, "Close", func() {
		if err := r.Close(ctx); err == nil || r.Volatile().Batches != 1 {
			t.Errorf("%v; %v does not last", err, r.Volatile())
		}
	})
	thaw()
	<-r.keeper.ended
	if got := contents(t, openDisk(t, r.dir, testOptions())); got[0] != 32 {
		t.Errorf("on disk are %v", got)
	}
}
