package queue

import (
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	errDisk  = errors.New("the disk fails")
	errFiles = errors.New("too many open files")
)

// A failing disk fails what it is told to.
type failingDisk struct {
	t           *testing.T
	untouchable map[string]bool // segments that failed for good

	failed atomic.Int64 // writes

	mu sync.Mutex
	faults
}

type faults struct {
	write, short            bool
	truncate, sync, opening bool
	bad                     [2]int64      // offsets between which nothing can be read
	reading                 int64         // from this offset on, if not zero
	hanging                 chan struct{} // until it is closed nothing is written, and no read returns; nil: does not
}

func newFailingDisk(t *testing.T) *failingDisk {
	return &failingDisk{t: t, untouchable: map[string]bool{}}
}

// set changes what fails, and now looks at it; it waits where the disk hangs.
func (d *failingDisk) set(f faults) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = f
}

func (d *failingDisk) now() faults {
	d.mu.Lock()
	f := d.faults
	d.mu.Unlock()
	if f.hanging != nil {
		<-f.hanging
	}
	return f
}

func (d *failingDisk) open(dir *os.Root, name string, flag int) (file, error) {
	if d.now().opening && name != cursorName {
		return nil, &os.PathError{Op: "openat", Path: name, Err: errFiles}
	}
	f, err := openFile(dir, name, flag)
	if err != nil || !strings.HasSuffix(name, segmentSuffix) {
		return f, err
	}
	return &failingFile{f, name, d}, nil
}

type failingFile struct {
	file
	name string
	disk *failingDisk
}

func (f *failingFile) touch() {
	if f.disk.untouchable[f.name] {
		f.disk.t.Errorf("%s is written again", f.name)
	}
}

func (f *failingFile) WriteAt(b []byte, off int64) (int, error) {
	f.touch()
	switch now := f.disk.now(); {
	case now.short:
		n, _ := f.file.WriteAt(b[:len(b)/2], off)
		return n, errDisk
	case now.write:
		f.disk.failed.Add(1)
		return 0, errDisk
	}
	return f.file.WriteAt(b, off)
}

func (f *failingFile) ReadAt(b []byte, off int64) (int, error) {
	now, end := f.disk.now(), off+int64(len(b))
	if now.reading > 0 && end > now.reading || off < now.bad[1] && end > now.bad[0] {
		return 0, errDisk
	}
	return f.file.ReadAt(b, off)
}

func (f *failingFile) Truncate(size int64) error {
	if f.disk.now().truncate {
		f.disk.untouchable[f.name] = true
		return errDisk
	}
	return f.file.Truncate(size)
}

func (f *failingFile) Sync() error {
	if f.disk.now().sync {
		f.disk.untouchable[f.name] = true
		return errDisk
	}
	return f.file.Sync()
}

func TestAppendFails(t *testing.T) {
	for name, fault := range map[string]faults{
		"write":              {write: true},
		"short":              {short: true},
		"write and truncate": {write: true, truncate: true},
		"short and truncate": {short: true, truncate: true},
		"sync":               {sync: true},
		"sync and truncate":  {sync: true, truncate: true},
	} {
		t.Run(name, func(t *testing.T) { appendFails(t, fault) })
	}
}

func appendFails(t *testing.T, fault faults) {
	dir := spoolDir(t)
	disk := newFailingDisk(t)
	opts := testOptions()
	opts.Sync, opts.open = SyncEach, disk.open
	d := openDisk(t, dir, opts)
	fill(t, d, 100, 1, 2)

	disk.set(fault)
	before := d.Size()
	for range 3 {
		_, err := d.Push(numbered(90, 100))
		if err == nil || !strings.Contains(err.Error(), dir) {
			t.Fatalf("error %v", err)
		}
	}
	if d.Size() != before {
		t.Errorf("size %v, before %v", d.Size(), before)
	}
	wantContents(t, d, ids(1, 2))

	disk.set(faults{})
	fill(t, d, 100, 3, 4)
	wantContents(t, d, ids(1, 4))
	d.Close()

	var got []uint64
	again := openDisk(t, dir, testOptions())
	for _, id := range contents(t, again) {
		if id != 90 || !fault.truncate { // which may have arrived, and could not be taken back
			got = append(got, id)
		}
	}
	if len(got) != 4 {
		t.Errorf("after a restart: %v", got)
	}
	wantNoNotice(t, again)
}

// A disk that takes nothing at the bound costs nothing that is held.
func TestFailingDiskEvictsNothing(t *testing.T) {
	disk := newFailingDisk(t)
	opts := testOptions()
	opts.Bound, opts.segment, opts.open = 10<<10, 1<<10, disk.open
	d := openDisk(t, spoolDir(t), opts)
	fill(t, d, 500, ids(1, 50)...)
	held := contents(t, d)
	d.Notices()
	disk.write = true
	for range 20 {
		if _, err := d.Push(numbered(99, 500)); err == nil {
			t.Fatal("it was taken")
		}
	}
	wantNoNotice(t, d)
	wantContents(t, d, held)
}

// A process that has too many files open loses nothing.
func TestOpeningFailsForATime(t *testing.T) {
	disk := newFailingDisk(t)
	opts := testOptions()
	opts.segment, opts.files, opts.open = 1000, 1, disk.open
	dir := spoolDir(t)
	d := openDisk(t, dir, opts)
	fill(t, d, 300, ids(1, 9)...)
	d.Close()
	d = openDisk(t, dir, opts)
	disk.opening = true
	if e, ok, err := d.Next(0); ok || e.Seq != 1 || !errors.Is(err, errFiles) {
		t.Errorf("batch %d was read (%t), %v", e.Seq, ok, err)
	}
	wantNoNotice(t, d)
	disk.opening = false
	wantContents(t, d, ids(1, 9))
}

// A disk that does not give what it has loses nothing, neither while the queue
// is open nor while it is opened.
func TestReadingFailsForATime(t *testing.T) {
	disk, dir := newFailingDisk(t), spoolDir(t)
	opts := testOptions()
	opts.open = disk.open
	d := openDisk(t, dir, opts)
	fill(t, d, 300, ids(1, 500)...)
	disk.reading = 20000
	if n := len(contents(t, d)); n != 59 {
		t.Errorf("%d batches were read", n)
	}
	if wantNoNotice(t, d); d.Size().Batches != 500 {
		t.Errorf("size %v", d.Size())
	}
	d.Close()
	openDisk(t, dir, opts).Close()
	disk.reading = 1
	if d, err := OpenDisk(dir, opts); !errors.Is(err, errUnread) {
		t.Errorf("opened %v, error %v", d, err)
	}
	disk.reading = 0
	wantContents(t, openDisk(t, dir, opts), ids(1, 500))
}

// A slot that cannot be read now stays as it is, for the next process.
func TestLoadingFailsForATime(t *testing.T) {
	disk, dir := newFailingDisk(t), spoolDir(t)
	opts := testOptions()
	opts.open = disk.open
	leaveSlots(t, dir, opts, 0, 1)
	disk.opening = true
	if d, err := OpenDisk(dir, opts); !errors.Is(err, errFiles) {
		t.Errorf("opened %v, error %v", d, err)
	}
	disk.opening = false
	one := openDisk(t, dir, opts)
	drain(t, one)
	one.Close()
	leaveSlots(t, dir, opts, 0, 1)
	wantContents(t, openDisk(t, dir, opts), ids(0, 1))
}

// Without a cursor everything works, and is sent again by the next process.
func TestNoCursor(t *testing.T) {
	dir := spoolDir(t)
	opts := testOptions()
	opts.open = func(root *os.Root, name string, flag int) (file, error) {
		if name == cursorName {
			return nil, errDisk
		}
		return openFile(root, name, flag)
	}
	d := openDisk(t, dir, opts)
	for _, seq := range fill(t, d, 10, ids(1, 4)...)[:2] {
		d.Remove(seq)
	}
	wantContents(t, d, ids(3, 4))
	d.Close()
	wantContents(t, openDisk(t, dir, testOptions()), ids(1, 4))
}
