package queue

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// While the disk fails batches go to memory, and all of them come out in the end.
func TestSpoolSurvivesAFailingDisk(t *testing.T) {
	disk := &failingDisk{t: t, untouchable: map[string]bool{}}
	opts := testOptions()
	opts.open = disk.open
	s := NewSpool(openDisk(t, filepath.Join(t.TempDir(), "spool"), opts), 10_000)

	lasts := func(id uint64, want bool) {
		t.Helper()
		seq, _, err := s.Push(numbered(id, 100))
		if err != nil || s.Lasts(seq) != want {
			t.Errorf("batch %d lasts: %t, want %t; %v", id, s.Lasts(seq), want, err)
		}
	}
	lasts(1, true)
	disk.write = true
	lasts(2, false)
	lasts(3, false)
	disk.write = false
	lasts(4, true)

	if told := texts(s.Notices()); len(told) != 2 ||
		!strings.Contains(told[0], errDisk.Error()) || !strings.Contains(told[0], "memory") || !strings.Contains(told[1], "again") {
		t.Errorf("told %q, want that it began and that it ended", told)
	}
	if got := s.Volatile(); got.Batches != 2 || s.Size().Batches != 4 {
		t.Errorf("in memory %v, in all %v", got, s.Size())
	}
	if got := drainIDs(t, s); !slices.Equal(got, []uint64{1, 4, 2, 3}) {
		t.Errorf("drained %v", got)
	}
	if got := s.Size(); got != (Size{}) {
		t.Errorf("%v is left", got)
	}
}

// What memory begins does not hide what comes to the disk later.
func TestSpoolAfterTheDiskCameBack(t *testing.T) {
	disk := &failingDisk{t: t, untouchable: map[string]bool{}, write: true}
	opts := testOptions()
	opts.open = disk.open
	s := NewSpool(openDisk(t, filepath.Join(t.TempDir(), "spool"), opts), 10_000)
	s.Push(numbered(1, 100))
	e, ok := s.Next(0)
	if !ok {
		t.Fatal("nothing in memory")
	}
	disk.write = false
	s.Push(numbered(2, 100))
	next, ok := s.Next(e.Seq)
	if id, err := identify(next.Batch); !ok || err != nil || id != 2 {
		t.Errorf("next is %d (%t), %v", id, ok, err)
	}
}

func TestSpoolEvictsFromMemory(t *testing.T) {
	disk := &failingDisk{t: t, untouchable: map[string]bool{}, write: true}
	opts := testOptions()
	opts.open = disk.open
	s := NewSpool(openDisk(t, filepath.Join(t.TempDir(), "spool"), opts), 250)
	first, _, _ := s.Push(numbered(1, 100))
	s.Push(numbered(2, 100))
	_, evicted, err := s.Push(numbered(3, 100))
	if err != nil || len(evicted) != 1 || evicted[0].Seq != first {
		t.Errorf("evicted %v, want %d; %v", evicted, first, err)
	}
}

func texts(notices []Notice) (all []string) {
	for _, n := range notices {
		all = append(all, n.Err.Error())
	}
	return all
}

// drainIDs takes everything out as an owner does.
func drainIDs(t *testing.T, q Queue) (ids []uint64) {
	t.Helper()
	after := uint64(0)
	for {
		e, ok := q.Next(after)
		if !ok {
			return ids
		}
		id, err := identify(e.Batch)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		after = e.Seq
		q.Remove(e.Seq)
	}
}
