package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// Someone may remove the directories and files of a spool while it is used. What
// was in them can be read yet where the files are open, but it ends with the
// process. A new slot takes what comes.

const lookEvery = time.Second // what that costs is not paid for each batch

// look sees to it, now and then, that what is written will be found.
func (d *Disk) look() error {
	if d.own != nil && time.Since(d.looked) < lookEvery {
		return nil
	}
	for _, s := range d.slots() {
		if !s.removed && !s.isInPlace() {
			d.orphanSlot(s)
		}
	}
	if d.own != nil && d.own.removed {
		d.disown()
	}
	if d.own == nil {
		if err := d.takeAnother(); err != nil {
			return err
		}
	}
	d.orphanFiles()
	d.Settle()
	d.looked = time.Now()
	return nil
}

// orphanFiles looks for files of our slot that are not in place.
func (d *Disk) orphanFiles() {
	for _, s := range slices.Clone(d.segments) {
		if s.slot != d.own || s.removed {
			continue
		}
		if _, err := s.slot.root.Lstat(s.name); errors.Is(err, fs.ErrNotExist) {
			d.orphan(s)
		}
	}
}

// orphanSlot notes that a slot is not where it should be.
func (d *Disk) orphanSlot(s *slot) {
	s.removed = true
	for _, seg := range slices.Clone(d.segments) {
		if seg.slot == s && !seg.removed {
			d.orphan(seg)
		}
	}
	d.notice(Notice{Err: s.fail("look for", "", fmt.Errorf("%w: it is made again when that is possible", errRemoved))})
}

// orphan notes that the file of a segment has no name any more. Where it is not
// open what waits in it is lost.
func (d *Disk) orphan(s *segment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := s.slot.fail("look for", s.name, errRemoved)
	for s.file == nil && s.waiting > 0 {
		r := s.records[0]
		d.notices = append(d.notices, Notice{Seq: r.number, Points: int(r.points), Err: err})
		d.forget(s, 0)
	}
	all := s.held()
	if all.Batches > 0 {
		d.notices = append(d.notices, Notice{Err: fmt.Errorf("%w: %d batches in it can be sent yet, but end with the process", err, all.Batches)})
	}
	d.volatile = d.volatile.plus(all)
	d.empty(s)
	if s.slot.own {
		d.records -= s.waiting
	}
	s.removed, s.sealed = true, true
	if d.active == s {
		d.active = nil
	}
	s.slot.dirty, d.dirty = true, true
}

// held adds up what waits in a segment.
func (s *segment) held() (all Size) {
	for _, r := range s.records {
		if !r.is(gone) {
			all.add(1, int(r.points), int64(r.size))
		}
	}
	return all
}

// disown makes our slot one of those that are only read.
func (d *Disk) disown() {
	s := d.own
	d.mu.Lock()
	d.own, d.adopted = nil, append(d.adopted, s)
	d.mu.Unlock()
	if s.segments == 0 {
		d.leave(s)
	}
}

// takeAnother takes a slot in place of the one that is gone.
func (d *Disk) takeAnother() error {
	if err := d.openParent(); err != nil {
		return err
	}
	s, notices, err := takeFresh(d.parent, d.path, d.opts)
	d.mu.Lock()
	d.own = s
	d.notices = append(d.notices, notices...)
	d.mu.Unlock()
	d.closeParents()
	return err
}

// closeParents closes the directories that no slot is in.
func (d *Disk) closeParents() {
	rest := d.parents[:0]
	for _, p := range d.parents {
		if slices.ContainsFunc(d.slots(), func(s *slot) bool { return s.parent == p }) {
			rest = append(rest, p)
		} else {
			p.Close()
		}
	}
	d.parents = rest
}
