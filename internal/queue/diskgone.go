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
	if d.slots.own != nil && time.Since(d.looked) < lookEvery {
		return nil
	}
	for _, s := range d.slots.all() {
		if !s.removed && !s.isInPlace() {
			d.slots.orphanSlot(s)
		}
	}
	if d.slots.own != nil && d.slots.own.removed {
		d.slots.disown()
	}
	if d.slots.own == nil {
		if err := d.slots.takeAnother(); err != nil {
			return err
		}
	}
	d.slots.orphanFiles()
	d.Settle()
	d.looked = time.Now()
	return nil
}

// orphanFiles looks for files of our slot that are not in place.
func (l *slots) orphanFiles() {
	for _, s := range slices.Clone(l.index.segments) {
		if s.slot != l.own || s.removed {
			continue
		}
		if _, err := s.slot.root.Lstat(s.name); errors.Is(err, fs.ErrNotExist) {
			l.index.orphan(s)
		}
	}
}

// orphanSlot notes that a slot is not where it should be.
func (l *slots) orphanSlot(s *slot) {
	s.removed = true
	for _, seg := range slices.Clone(l.index.segments) {
		if seg.slot == s && !seg.removed {
			l.index.orphan(seg)
		}
	}
	l.index.notice(Notice{Err: s.fail("look for", "", fmt.Errorf("%w: it is made again when that is possible", errRemoved))})
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
func (l *slots) disown() {
	s := l.own
	l.index.mu.Lock()
	l.own, l.adopted = nil, append(l.adopted, s)
	l.index.mu.Unlock()
	if s.segments == 0 {
		l.leave(s)
	}
}

// takeAnother takes a slot in place of the one that is gone.
func (l *slots) takeAnother() error {
	if err := l.openParent(); err != nil {
		return err
	}
	s, notices, err := takeFresh(l.parent, l.path, l.opts)
	l.index.mu.Lock()
	l.own = s
	l.index.notices = append(l.index.notices, notices...)
	l.index.mu.Unlock()
	l.closeParents()
	return err
}

// closeParents closes the directories that no slot is in.
func (l *slots) closeParents() {
	rest := l.parents[:0]
	for _, p := range l.parents {
		if slices.ContainsFunc(l.all(), func(s *slot) bool { return s.parent == p }) {
			rest = append(rest, p)
		} else {
			p.Close()
		}
	}
	l.parents = rest
}
