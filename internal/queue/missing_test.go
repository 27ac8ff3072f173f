package queue

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// leaveSegments leaves a spool of batches with the ids 1 to n, three in each
// segment, of which some are done with.
func leaveSegments(t *testing.T, n, done uint64) (dir string, segments []string) {
	t.Helper()
	dir = spoolDir(t)
	d := openDisk(t, dir, fewInASegment())
	for _, seq := range fill(t, d, 100, ids(1, n)...)[:done] {
		d.Remove(seq)
	}
	d.Close()
	return dir, files(t, dir, "*/*.seg")
}

func fewInASegment() DiskOptions {
	opts := testOptions()
	opts.segment = segmentHead + 3*(recordHead+104)
	return opts
}

// wantMissing opens a spool and wants what is missing of the ids from first to
// last to be told: how many batches and how many points, and that once.
func wantMissing(t *testing.T, what, dir string, first, last uint64) {
	t.Helper()
	d := openDisk(t, dir, fewInASegment())
	got := contents(t, d)
	lost, _ := sum(d.Notices())
	var want Size
	for _, id := range ids(first, last) {
		if !slices.Contains(got, id) {
			want.add(1, int(id)+1, 0)
		}
	}
	if lost != want || want == (Size{}) {
		t.Errorf("%s: %v are there; told that %v are lost, want %v", what, got, lost, want)
	}
	fill(t, d, 100, 99)
	d.Close()

	d = openDisk(t, dir, fewInASegment())
	wantContents(t, d, append(got, 99))
	wantNoNotice(t, d) // a second time
	drain(t, d)
	d.Close()
	wantNoNotice(t, openDisk(t, dir, fewInASegment()))
}

func cutOff(t *testing.T, name string, bytes int64) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, max(0, info.Size()-bytes)); err != nil {
		t.Fatal(err)
	}
}

func TestRecordsCutOffAreCounted(t *testing.T) {
	const record = recordHead + 104
	for _, bytes := range []int64{1, record, record + 1, 2*record + 5, 3 * record, 3*record + 1, 3*record + segmentHead} {
		for at := range 4 {
			dir, segments := leaveSegments(t, 12, 0)
			cutOff(t, segments[at], bytes)
			wantMissing(t, fmt.Sprintf("%d bytes off segment %d", bytes, at), dir, 1, 12)
		}
	}
}

func TestCutsEverywhereAreCounted(t *testing.T) {
	dir, segments := leaveSegments(t, 51, 4)
	for i, name := range segments {
		cutOff(t, name, int64(50*i))
	}
	wantMissing(t, "17 cuts", dir, 5, 51)
}

func TestDeletedSegmentsAreCounted(t *testing.T) {
	for _, gone := range [][]int{{0}, {1}, {3}, {0, 1}, {1, 2}, {0, 3}, {2, 3}, {0, 1, 2, 3}} {
		for done := range uint64(3) {
			dir, segments := leaveSegments(t, 12, done)
			for _, at := range gone {
				os.Remove(segments[at])
			}
			wantMissing(t, fmt.Sprintf("segments %v deleted, %d done with", gone, done), dir, done+1, 12)
		}
	}
}

// Without the cursor the headers tell what is missing between segments; the rest
// is sent again.
func TestMissingWithoutTheCursor(t *testing.T) {
	dir, segments := leaveSegments(t, 12, 2)
	os.Remove(segments[1])
	cutOff(t, segments[2], 1)
	os.Remove(files(t, dir, "*/cursor")[0])
	wantMissing(t, "no cursor", dir, 1, 12)
}

// An end of unknown size is told, one that a crash leaves is not.
func TestTornEndIsTold(t *testing.T) {
	for what, c := range map[string]struct {
		end  func(record []byte) []byte
		told bool
	}{
		"half a record":    {func(r []byte) []byte { return r[:50] }, false},
		"a header":         {func(r []byte) []byte { return r[:recordHead] }, false},
		"a few bytes":      {func([]byte) []byte { return []byte("abc") }, false},
		"a body of zeroes": {func(r []byte) []byte { return append(r[:recordHead:recordHead], make([]byte, 104)...) }, false},
		"garbage":          {func([]byte) []byte { return []byte(strings.Repeat("garbage ", 50)) }, true},
		"zeroes":           {func([]byte) []byte { return make([]byte, 1000) }, true},
		"a record and a half": {func(r []byte) []byte {
			return append(append(r[:recordHead:recordHead], make([]byte, 104)...), r[:50]...)
		}, true},
	} {
		dir, segments := leaveSegments(t, 2, 0)
		data := read(t, segments[0])
		var s salt
		copy(s[:], data[12:])
		write(t, segments[0], append(data, c.end(s.appendRecord(nil, 3, numbered(3, 100)))...))
		d := openDisk(t, dir, fewInASegment())
		told := d.Notices()
		if (len(told) == 1) != c.told || len(told) > 0 && (told[0].Points != 0 || !strings.Contains(told[0].Err.Error(), segments[0])) {
			t.Errorf("%s: told %v", what, told)
		}
		fill(t, d, 100, 3)
		wantContents(t, d, ids(1, 3))
	}
}

// Numbers that a failing disk used up are not missing.
func TestFailedAppendsAreNotMissing(t *testing.T) {
	for name, fault := range map[string]faults{
		"write": {write: true}, "short and truncate": {short: true, truncate: true}, "sync and truncate": {sync: true, truncate: true},
	} {
		dir, disk := spoolDir(t), newFailingDisk(t)
		opts := fewInASegment()
		opts.Sync, opts.open = SyncEach, disk.open
		d := openDisk(t, dir, opts)
		for id := range uint64(10) {
			fill(t, d, 100, id+1)
			disk.set(fault)
			if _, err := d.Push(numbered(50, 100)); err == nil {
				t.Fatal("the disk does not fail")
			}
			disk.set(faults{})
		}
		d.Close()
		d = openDisk(t, dir, testOptions())
		wantNoNotice(t, d)
		if got := slices.DeleteFunc(contents(t, d), func(id uint64) bool { return id == 50 }); !slices.Equal(got, ids(1, 10)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What the owner takes out in any order, and what the bound takes, is not missing.
func TestRemovedIsNotMissing(t *testing.T) {
	dir := spoolDir(t)
	opts := fewInASegment()
	opts.Bound = 5000
	d := openDisk(t, dir, opts)
	for round := range uint64(30) {
		seqs := fill(t, d, 100, ids(10*round, 10*round+9)...)
		for i := range seqs {
			if i%3 != int(round)%3 {
				d.Remove(seqs[len(seqs)-1-i])
			}
		}
		d.Notices()
		d.Close()
		d = openDisk(t, dir, opts)
		wantNoNotice(t, d)
	}
}
