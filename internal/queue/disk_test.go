package queue

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

func TestDiskOutlivesTheProcess(t *testing.T) {
	dir := diskDir(t) + "/a/b"
	for _, sync := range []Sync{SyncEach, SyncNever} {
		opts := testOptions()
		opts.Sync = sync
		d := openDisk(t, dir, opts)
		drain(t, d)
		seqs := fill(t, d, 100, ids(1, 9)...)
		last := d.slots.own.last.number
		d.Remove(seqs[0])
		d.Remove(seqs[1])
		d.Remove(seqs[5]) // behind others: its record says so
		d.Close()

		d = openDisk(t, dir, opts)
		wantContents(t, d, []uint64{3, 4, 5, 7, 8, 9})
		if fill(t, d, 100, 10); d.slots.own.last.number != last+1 {
			t.Errorf("after %d the number in the file is %d", last, d.slots.own.last.number)
		}
		wantContents(t, d, []uint64{3, 4, 5, 7, 8, 9, 10})
		wantNoNotice(t, d)
		d.Close()
	}
	if n := len(files(t, dir, "slot-1/*.seg")); n != 1 {
		t.Errorf("%d segments", n)
	}
}

// The read position of an empty queue is not ahead of what comes next.
func TestPushedAfterAllWasRemoved(t *testing.T) {
	dir := spoolDir(t)
	for round := range uint64(4) {
		d := openDisk(t, dir, testOptions())
		drain(t, d)
		for id := range uint64(5) {
			fill(t, d, 10, id)
			drain(t, d)
		}
		fill(t, d, 10, 100+round)
		d.Close()
		d = openDisk(t, dir, testOptions())
		wantContents(t, d, []uint64{100 + round})
		d.Close()
	}
}

// Numbers in files rise although nothing is left that has one.
func TestNumbersRiseOverRestarts(t *testing.T) {
	dir, last := spoolDir(t), uint64(0)
	for range 5 {
		d := openDisk(t, dir, testOptions())
		for _, seq := range fill(t, d, 10, 1, 2) {
			d.Remove(seq)
		}
		if d.slots.own.last.number != last+2 {
			t.Fatalf("after %d comes %d", last, d.slots.own.last.number)
		}
		last += 2
		d.Close()
		if left := files(t, dir, "*/*.seg"); len(left) > 0 {
			t.Fatalf("an empty queue leaves %v", left)
		}
	}
}

func TestDiskFreesSpace(t *testing.T) {
	dir := spoolDir(t)
	opts := testOptions()
	opts.Bound, opts.segment = 100<<10, 10<<10
	d := openDisk(t, dir, opts)
	lost := 0
	for id := range uint64(500) {
		fill(t, d, 1000, id)
		for _, n := range d.Notices() {
			if want := (Notice{Seq: uint64(lost) + 1, Points: lost%1000 + 1, Full: true}); n != want {
				t.Fatalf("told %+v, want %+v", n, want)
			}
			lost++
		}
		if used := usedOnDisk(t, dir); used > opts.Bound || used != d.index.used {
			t.Fatalf("%d bytes on disk, counted are %d", used, d.index.used)
		}
	}
	if held := d.Size().Batches; held+lost != 500 || held < 80 {
		t.Errorf("%d held, %d lost", held, lost)
	}
	drain(t, d)
	if n := len(files(t, dir, "*/*.seg")); n != 1 {
		t.Errorf("an empty queue has %d segments", n)
	}
}

func usedOnDisk(t *testing.T, dir string) (bytes int64) {
	for _, name := range files(t, dir, "*/*.seg") {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
	}
	return bytes
}

// A batch that waits behind holds no more than its own segment.
func TestRemovalsOutOfOrderFreeSpace(t *testing.T) {
	dir := spoolDir(t)
	opts := testOptions()
	opts.segment = 4 << 10
	d := openDisk(t, dir, opts)
	seqs := fill(t, d, 1000, ids(1, 100)...)
	for _, seq := range seqs[1:] {
		d.Remove(seq)
	}
	wantContents(t, d, ids(1, 1))
	if n := len(files(t, dir, "*/*.seg")); n > 2 {
		t.Errorf("%d segments", n)
	}
	d.Remove(seqs[0])
	d.Close()
	d = openDisk(t, dir, opts)
	wantContents(t, d, nil)
}

func TestAGiantOnDiskIsHeldAlone(t *testing.T) {
	opts := testOptions()
	opts.Bound, opts.segment = 10<<10, 1<<10
	d := openDisk(t, spoolDir(t), opts)
	fill(t, d, 500, 1, 2, 3)
	fill(t, d, 20<<10, 4)
	wantContents(t, d, []uint64{4})
	fill(t, d, 500, 5)
	wantContents(t, d, []uint64{5})
}

func TestDiskRefuses(t *testing.T) {
	d := openDisk(t, spoolDir(t), testOptions())
	for name, b := range map[string]encoding.Batch{
		"points":      {Points: -1},
		"compression": {Compression: 200},
		"length":      {Body: make([]byte, maxBody+1)},
	} {
		if _, err := d.Push(b); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	d.Close()
	d.Close()
	d.Remove(1)
	if _, err := d.Push(batch(1, 1)); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, ok, _ := d.Next(0); ok {
		t.Error("after Close there is a batch")
	}
}

// Many small records: few files, and an index that does not hold their bodies.
func TestManySmallRecords(t *testing.T) {
	dir := spoolDir(t)
	d := openDisk(t, dir, testOptions())
	const n = 20000
	for range n {
		if _, err := d.Push(batch(1, 50)); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	d = openDisk(t, dir, testOptions())
	if got, want := d.Size(), (Size{Batches: n, Points: n, Bytes: 50 * n}); got != want {
		t.Fatalf("size %v, want %v", got, want)
	}
	for after := uint64(0); after < n; after++ {
		if e, ok, _ := d.Next(after); !ok || e.Seq != after+1 {
			t.Fatalf("after %d comes %d (%t)", after, e.Seq, ok)
		}
		d.Remove(after + 1)
	}
}

// A process that starts again and again does not leave a file each time.
func TestRestartsGoOnInTheLastSegment(t *testing.T) {
	dir := spoolDir(t)
	for id := range uint64(20) {
		d := openDisk(t, dir, testOptions())
		fill(t, d, 10, id)
		d.Close()
	}
	if n := len(files(t, dir, "*/*.seg")); n != 1 {
		t.Errorf("%d segments", n)
	}
	wantContents(t, openDisk(t, dir, testOptions()), ids(0, 19))
}

func TestUnknownFilesAreLeftAlone(t *testing.T) {
	dir := spoolDir(t)
	openDisk(t, dir, testOptions()).Close()
	slot := files(t, dir, "slot-1")[0]
	names := []string{
		"notes.txt", "1.seg", "0000000000000000000x.seg", "99999999999999999999.seg", "00000000000000000007.seg.old",
		"00000000000000000007.seg", // what it holds is not ours
	}
	for _, name := range names {
		write(t, slot+"/"+name, []byte(strings.Repeat("something ", 20)))
	}
	d := openDisk(t, dir, testOptions())
	fill(t, d, 10, 1)
	wantContents(t, d, ids(1, 1))
	got := d.Notices()
	if len(got) != 1 || got[0].Points != 0 || !strings.Contains(got[0].Err.Error(), slot+"/00000000000000000007.seg") {
		t.Errorf("notices: %+v", got)
	}
	d.Close()
	left := files(t, dir, "slot-1/*")
	for _, name := range names {
		if !slices.Contains(left, slot+"/"+name) {
			t.Errorf("%s is gone", name)
		}
	}
}
