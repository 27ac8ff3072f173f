package queue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Disk is a queue that outlives the process: the spool. Several processes may
// share a directory, each with its own slot.
//
// What a process left when it ended is there when the next one opens the spool,
// and goes first. Its numbers may be others then, but a new batch has a higher
// number than any before it.
//
// Next reads a body when it is asked for. A record whose checksum does not hold
// leaves the queue, and shows in [Disk.TakeDamage]. One that the disk does not
// give is passed over and stays, for the next process or the bound; where not
// even its file can be opened Next returns false, and finds it another time.
type Disk struct {
	bound   int64
	segment int64
	parent  *os.Root
	own     *slot
	adopted []*slot // until they are empty

	segments []*segment // by number
	active   *segment   // the last of them, where the next record goes; nil if a new one is to be made
	reading  *segment   // the one whose file is open for Next; may be active, or nil
	next     uint64     // the number of the next record
	used     int64      // bytes of all segments
	size     Size
	damage   Damage
	unread   bool   // Next met what the disk does not give, and nothing else since
	buf      []byte // of append
	closed   bool
}


var errClosed = errors.New("spool: it is closed")

// OpenDisk opens the spool of an endpoint in dir, which is made where there is
// none. It takes a slot for this process, and those of dead processes with what
// they left. An error means that there is no spool; damage is none.
func OpenDisk(dir string, opts DiskOptions) (*Disk, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	top, path, err := openSpool(dir)
	if err != nil {
		return nil, err
	}
	defer top.Close()
	name := EndpointDir(opts.Endpoint)
	parent, err := openDir(top, name)
	if err != nil {
		return nil, fmt.Errorf("spool %s: open %s: %w", path, name, err)
	}
	d := &Disk{bound: opts.Bound, segment: opts.segment, parent: parent, next: 1}
	if err := d.takeSlots(filepath.Join(path, name), opts); err != nil {
		d.release()
		return nil, err
	}
	return d, nil
}

// takeSlots takes the slots and puts their records in a row.
func (d *Disk) takeSlots(path string, opts DiskOptions) (err error) {
	if d.own, err = takeOwn(d.parent, path, opts); err != nil {
		return err
	}
	if d.adopted, err = adopt(d.parent, path, opts, &d.damage); err != nil {
		return err
	}
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
		segments, err := s.load(&d.damage)
		switch {
		case err == nil:
			found = append(found, segments)
		case s == d.own:
			return nil, err
		default:
			d.damage.Err = err
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

// Size implements [Queue].
func (d *Disk) Size() Size { return d.size }

// TakeDamage returns what was lost since it was last called: by OpenDisk, and
// then by Next.
func (d *Disk) TakeDamage() Damage {
	all := d.damage
	d.damage = Damage{}
	return all
}

// Close leaves what waits to the next process.
func (d *Disk) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	if d.active != nil {
		d.retire()
	}
	d.stopReading()
	d.release()
	d.segments, d.size, d.used = nil, Size{}, 0
	return nil
}

func (d *Disk) release() {
	for _, s := range d.slots() {
		s.release()
	}
	d.own, d.adopted = nil, nil
	d.parent.Close()
}
