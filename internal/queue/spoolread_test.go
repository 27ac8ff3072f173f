package queue

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A disk that does not give what it has is told of, with its error; batches in
// memory go on, and what is on disk comes when it is mended.
func TestSpoolCannotRead(t *testing.T) {
	for name, fault := range map[string]faults{"read": {reading: 1}, "open": {opening: true, write: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				set := func(o *DiskOptions) { o.segment, o.files = 1000, 1 }
				r := newRig(t, 1<<20, set)
				r.push(ids(1, 400)...)
				r.close()
				r.open(1<<20, set)
				r.disk.set(fault)
				if _, ok := r.Take(); ok {
					t.Fatal("it was read")
				}
				r.await("a failure", func() bool { return r.Failure() != nil })
				if err := r.Failure().Error(); !strings.Contains(err, r.dir) || !strings.Contains(err, "check the disk") {
					t.Errorf("failure %q", err)
				}
				seq := r.push(401)[0]
				synctest.Wait()
				if e, ok := r.Take(); !ok || e.Seq != seq {
					t.Errorf("took %d (%t), want %d from memory", e.Seq, ok, seq)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if told := texts(r.told()); len(told) != 1 || r.Failure() == nil || r.Size().Batches != 401 {
					t.Errorf("told %q, failure %v, size %v", told, r.Failure(), r.Size())
				}
				r.disk.set(faults{})
				time.Sleep(longestRetry)
				synctest.Wait()
				if told := texts(r.told()); len(told) != 2 || !strings.Contains(told[1], "again") || r.Failure() != nil {
					t.Errorf("told %q, failure %v", told, r.Failure())
				}
				r.Remove(seq)
				if got := r.drain(); !slices.Equal(got, ids(1, 400)) {
					t.Errorf("drained %v", got)
				}
			})
		})
	}
}

// A few records that cannot be read do not stop those behind them, and come when
// they can.
func TestSpoolPassesOverABadBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1<<20, nil)
		r.push(ids(1, 100)...)
		r.close()
		r.open(1<<20, nil)
		r.disk.set(faults{bad: [2]int64{1000, 1500}})
		var got []uint64
		for len(got) < 95 {
			seq, id := r.take()
			got = append(got, id)
			r.Remove(seq)
		}
		if got[0] != 1 || got[94] != 100 || r.Failure() == nil {
			t.Errorf("drained %v, failure %v", got, r.Failure())
		}
		time.Sleep(time.Minute)
		r.disk.set(faults{})
		got = append(got, r.drain()...)
		slices.Sort(got)
		synctest.Wait()
		if !slices.Equal(got, ids(1, 100)) || r.Failure() != nil || len(texts(r.told())) != 2 {
			t.Errorf("drained %v, failure %v, told %q", got, r.Failure(), texts(r.told()))
		}
	})
}

// A failing disk is tried again after waits that grow, and soon where a batch
// comes, but not for each of many.
func TestFailingDiskIsNotPressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1<<20, nil)
		r.disk.set(faults{write: true})
		r.push(1)
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := r.disk.failed.Load(); n < 60 || n > 70 {
			t.Errorf("%d attempts in an hour", n)
		}
		before := r.disk.failed.Load()
		for id := range uint64(100) {
			r.push(id)
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		if n := r.disk.failed.Load() - before; n < 4 || n > 7 {
			t.Errorf("%d attempts in five seconds", n)
		}
		r.disk.set(faults{})
		r.push(101)
		time.Sleep(time.Second)
		synctest.Wait()
		if r.Volatile() != (Size{}) {
			t.Errorf("%v is not on disk", r.Volatile())
		}
	})
}

// Close gives a failing disk one more chance and does not wait for it.
func TestClosedWhileTheDiskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1<<20, nil)
		r.disk.set(faults{write: true})
		r.push(1, 2)
		time.Sleep(time.Minute)
		if err := r.Close(t.Context()); err == nil || !strings.Contains(err.Error(), errDisk.Error()) || r.Volatile().Batches != 2 {
			t.Errorf("%v, %v does not last", err, r.Volatile())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 1<<20, nil)
		r.disk.set(faults{write: true})
		r.push(1, 2)
		time.Sleep(time.Minute)
		r.disk.set(faults{})
		if err := r.Close(t.Context()); err != nil || r.Volatile() != (Size{}) {
			t.Errorf("%v, %v does not last", err, r.Volatile())
		}
	})
}
