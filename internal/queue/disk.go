package queue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Disk is what outlives the process: the spool on disk. Several processes may
// share a directory, each with its own slot.
//
// What a process left when it ended is there when the next one opens the spool,
// and goes first. The numbers of batches begin anew with each process.
//
// A Disk waits for the disk. One goroutine at a time uses it, but for the index,
// which others may look at under mu: no disk is waited for under mu.
type Disk struct {
	dir     string // as the user named it
	path    string // of the slots
	opts    DiskOptions
	parent  *os.Root   // of the slots
	parents []*os.Root // this one, and those before that slots are still in
	own     *slot      // nil where it is gone and there is no other yet
	adopted []*slot    // until they are empty

	active  *segment  // where the next record goes; nil if a new one is to be made
	reading *segment  // the one whose file is open to be read; may be active, or nil
	looked  time.Time // when it was last seen that the slots are in place
	buf     []byte    // of append
	closed  bool

	mu       sync.Mutex // guards what follows
	segments []*segment // by number
	next     uint64     // the number of the next batch
	used     int64      // bytes of the segments in slots of our own
	records  int        // that wait in them
	size     Size
	volatile Size // the part in files that were removed
	dirty    bool // there is something to settle
	notices  []Notice
}

var errClosed = errors.New("spool: it is closed")

// OpenDisk opens the spool of an endpoint in dir, which is made where there is
// none. It takes a slot for this process, and those of dead processes with what
// they left. An error means that there is no spool; damage is none.
func OpenDisk(dir string, opts DiskOptions) (*Disk, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	d := &Disk{dir: dir, opts: opts, next: 1}
	if err := d.openParent(); err != nil {
		return nil, err
	}
	if err := d.takeSlots(); err != nil {
		d.release()
		return nil, err
	}
	return d, nil
}

// openParent opens, or makes, the directory of the slots.
func (d *Disk) openParent() error {
	top, path, err := openSpool(d.dir)
	if err != nil {
		return err
	}
	defer top.Close()
	name := EndpointDir(d.opts.Endpoint)
	parent, err := openDir(top, name)
	if err != nil {
		return fmt.Errorf("spool %s: open %s: %w", shown(path), name, cause(err))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.path, d.parent = filepath.Join(path, name), parent
	d.parents = append(d.parents, parent)
	return nil
}

// takeSlots takes the slots and puts their records in a row.
func (d *Disk) takeSlots() (err error) {
	if d.own, err = takeOwn(d.parent, d.path, d.opts); err != nil {
		return err
	}
	var notices []Notice
	if d.adopted, notices, err = adopt(d.parent, d.path, d.opts); err != nil {
		return err
	}
	d.notices = notices
	found, err := d.load()
	if err != nil {
		return err
	}
	d.line(merge(found))
	return nil
}

// load finds what is in the slots. An adopted one that cannot be read now is left
// to the next process.
func (d *Disk) load() (found [][]*segment, err error) {
	for _, s := range d.slots() {
		segments, damage, err := s.load()
		switch {
		case err == nil:
			found = append(found, segments)
			d.notices = append(d.notices, damage.notices()...)
		case s == d.own:
			return nil, err
		default:
			d.notices = append(d.notices, Notice{Err: err})
			d.adopted = without(d.adopted, s)
			s.release()
		}
	}
	return found, nil
}

// slots returns all slots that this process has.
func (d *Disk) slots() []*slot {
	if d.own == nil {
		return d.adopted
	}
	return append([]*slot{d.own}, d.adopted...)
}

// Size returns what is held.
func (d *Disk) Size() Size {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.size
}

// Notices returns, once, what happened.
func (d *Disk) Notices() []Notice {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.takeNotices()
}

func (d *Disk) takeNotices() []Notice {
	all := d.notices
	d.notices = nil
	return all
}

func (d *Disk) notice(n Notice) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notices = append(d.notices, n)
}

// Close leaves what waits to the next process. What was held can be counted yet.
func (d *Disk) Close() error {
	if d.closed {
		return nil
	}
	d.retire()
	d.closed = true
	d.stopReading()
	for _, s := range d.segments {
		s.close()
	}
	d.release()
	return nil
}

func (d *Disk) release() {
	for _, s := range d.slots() {
		s.release()
	}
	for _, parent := range d.parents {
		parent.Close()
	}
}

func without[T comparable](all []T, one T) []T {
	var rest []T
	for _, other := range all {
		if other != one {
			rest = append(rest, other)
		}
	}
	return rest
}
