package queue

import (
	"errors"
	"time"
)

// Disk is what outlives the process: the spool on disk. Several processes may
// share a directory, each with its own slot.
//
// What a process left when it ended is there when the next one opens the spool,
// and goes first. The numbers of batches begin anew with each process.
//
// A Disk waits for the disk. One goroutine at a time uses it, but for the index
// and the path of its slots, which others may look at under the index's mu: no
// disk is waited for under mu.
type Disk struct {
	opts   DiskOptions
	index  index
	slots  slots
	reader reader

	looked time.Time // when it was last seen that the slots are in place
	buf    []byte    // of append
	closed bool
}

var errClosed = errors.New("spool: it is closed")

// OpenDisk opens the spool of an endpoint in dir, which is made where there is
// none. It takes a slot for this process, and those of dead processes with what
// they left. An error means that there is no spool; damage is none.
func OpenDisk(dir string, opts DiskOptions) (*Disk, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	d := &Disk{opts: opts, index: index{bound: opts.Bound, next: 1}}
	d.slots = slots{index: &d.index, dir: dir, opts: opts}
	d.reader = reader{index: &d.index, files: opts.files}
	if err := d.slots.openParent(); err != nil {
		return nil, err
	}
	if err := d.takeSlots(); err != nil {
		d.slots.release()
		return nil, err
	}
	return d, nil
}

// takeSlots takes the slots and puts their records in a row.
func (d *Disk) takeSlots() (err error) {
	if d.slots.own, err = takeOwn(d.slots.parent, d.slots.path, d.opts); err != nil {
		return err
	}
	var notices []Notice
	if d.slots.adopted, notices, err = adopt(d.slots.parent, d.slots.path, d.opts); err != nil {
		return err
	}
	d.index.notices = notices
	found, err := d.slots.load()
	if err != nil {
		return err
	}
	d.line(merge(found))
	return nil
}

// Size returns what is held.
func (d *Disk) Size() Size {
	d.index.mu.Lock()
	defer d.index.mu.Unlock()
	return d.index.size
}

// Notices returns, once, what happened.
func (d *Disk) Notices() []Notice {
	d.index.mu.Lock()
	defer d.index.mu.Unlock()
	return d.index.takeNotices()
}

// Close leaves what waits to the next process. What was held can be counted yet.
func (d *Disk) Close() error {
	if d.closed {
		return nil
	}
	d.retire()
	d.closed = true
	d.reader.stop()
	for _, s := range d.index.segments {
		s.close()
	}
	d.slots.release()
	return nil
}
