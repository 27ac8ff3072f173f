package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	slotPrefix = "slot-"
	lockName   = "lock"
	maxSlots   = 1000 // processes that share a directory
)

// errTaken is the answer to who asks for the slot of a living process.
var errTaken = errors.New("another process has it")

// A slot is the directory of one process, which holds its lock. It has been
// taken over from a dead one, or is new.
type slot struct {
	parent   *os.Root // of all slots; not ours to close
	name     string
	path     string // for errors
	root     *os.Root
	lock     *os.File
	cursor   *cursor
	strange  error  // a cursor that is not ours
	open     opener // of files
	sync     Sync
	files    int    // that stay open
	own      bool   // this process writes here, or did
	last     mark   // the newest record
	next     uint64 // the number of the next one: names and numbers below it may be taken
	missing  []gap  // what is not there of the records behind those that the cursor says are done with
	segments int    // in the queue
	dirty    bool   // something in it was removed, and the disk does not have that yet
	removed  bool   // the directory has no name any more
}

// A gap is where records are missing, or were done with out of turn.
type gap struct {
	upTo    uint64 // there, or before
	records uint64
	points  uint64
}

// takeSlot takes the slot of that name, which is made where there is none.
func takeSlot(parent *os.Root, path, name string, opts DiskOptions) (*slot, error) {
	s := &slot{parent: parent, name: name, path: filepath.Join(path, name), open: opts.open, files: opts.files, sync: opts.Sync, next: 1}
	var err error
	s.root, err = openDir(parent, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errReplaced) { // its owner removed it just now
		return nil, errTaken
	}
	if err != nil {
		return nil, s.fail("open", "", err)
	}
	if err := s.takeLock(); err != nil {
		s.root.Close()
		return nil, err
	}
	s.cursor, s.strange = openCursor(func(name string) (file, error) {
		return s.open(s.root, name, os.O_RDWR|os.O_CREATE)
	})
	return s, nil
}

// takeLock locks the slot. A slot that its owner is removing has had its lock
// removed, or loses it before the directory: then it is taken just the same.
func (s *slot) takeLock() error {
	f, err := openRegular(s.root, lockName, os.O_RDWR|os.O_CREATE)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errReplaced) { // its owner removes it just now
		return errTaken
	}
	if err != nil {
		return s.fail("open", lockName, err)
	}
	locked, err := tryLock(f)
	if locked && !s.has(f) {
		locked = false
	}
	if locked {
		s.lock = f
		return nil
	}
	f.Close()
	if err != nil {
		return s.fail("lock", lockName, err)
	}
	return errTaken
}

// isInPlace tells whether the slot can be found by its path, and is ours. A lock
// that someone removed is made again.
func (s *slot) isInPlace() bool {
	here, err := s.root.Stat(".")
	if err != nil {
		return false
	}
	there, err := os.Lstat(s.path)
	if err != nil || !os.SameFile(here, there) {
		return false
	}
	if s.has(s.lock) {
		return true
	}
	old := s.lock
	if s.takeLock() != nil {
		return false
	}
	old.Close()
	return true
}

// has tells whether f is still the lock of the slot.
func (s *slot) has(f *os.File) bool {
	ours, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := s.root.Lstat(lockName)
	return err == nil && os.SameFile(ours, there)
}

// takeOwn takes the first slot that no living process has.
func takeOwn(parent *os.Root, path string, opts DiskOptions) (*slot, error) {
	for n := 1; n <= maxSlots; n++ {
		s, err := takeSlot(parent, path, fmt.Sprint(slotPrefix, n), opts)
		if err == nil {
			s.own = true
		}
		if !errors.Is(err, errTaken) {
			return s, err
		}
	}
	return nil, fmt.Errorf("spool %s: %d processes use it: name another directory", shown(path), maxSlots)
}

// takeFresh takes the first slot that no living process has and that is empty.
func takeFresh(parent *os.Root, path string, opts DiskOptions) (*slot, []Notice, error) {
	for n := 1; n <= maxSlots; n++ {
		s, err := takeSlot(parent, path, fmt.Sprint(slotPrefix, n), opts)
		if errors.Is(err, errTaken) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		found, damage, err := s.load()
		if err == nil && len(found) == 0 {
			s.own = true
			return s, damage.notices(), nil
		}
		for _, seg := range found {
			seg.close()
		}
		s.release()
	}
	return nil, nil, fmt.Errorf("spool %s: %d processes use it: name another directory", shown(path), maxSlots)
}

// adopt takes all slots that dead processes left.
func adopt(parent *os.Root, path string, opts DiskOptions) (all []*slot, notices []Notice, err error) {
	entries, err := readDir(parent)
	if err != nil {
		return nil, nil, fmt.Errorf("spool %s: %w", shown(path), cause(err))
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), slotPrefix) {
			continue
		}
		s, err := takeSlot(parent, path, e.Name(), opts)
		switch {
		case err == nil:
			all = append(all, s)
		case !errors.Is(err, errTaken):
			notices = append(notices, Notice{Err: err})
		}
	}
	return all, notices, nil
}

// stillMissing forgets the gaps before a place, and counts the others.
func (s *slot) stillMissing(done mark) (all mark) {
	for len(s.missing) > 0 && s.missing[0].upTo <= done.number {
		s.missing = s.missing[1:]
	}
	for _, g := range s.missing {
		all.number += g.records
		all.points += g.points
	}
	return all
}

// leaveGap notes that a segment goes, with all that was missing in it. The cursor
// counts it among what was reported while records before it wait; else the next
// process would miss it.
func (s *slot) leaveGap(seg *segment) {
	g := gap{upTo: seg.next - 1}
	g.records = g.upTo - min(g.upTo, seg.before.number)
	g.points = seg.passed - min(seg.passed, seg.before.points)
	if seg.next == seg.first {
		return // nothing was in it
	}
	from := slices.IndexFunc(s.missing, func(other gap) bool { return other.upTo > seg.before.number })
	if from < 0 {
		from = len(s.missing)
	}
	to := from
	for to < len(s.missing) && s.missing[to].upTo <= g.upTo {
		to++
	}
	if from > 0 && s.missing[from-1].upTo == seg.before.number { // one gap with the one before
		from--
		g.records += s.missing[from].records
		g.points += s.missing[from].points
	}
	s.missing = slices.Replace(s.missing, from, to, g)
}

// release leaves the slot to the next process.
func (s *slot) release() {
	s.cursor.close()
	s.lock.Close()
	s.root.Close()
}

// remove gives the slot up. Files that are not ours keep its directory.
func (s *slot) remove() {
	if s.removed {
		s.release()
		return
	}
	if s.cursor.file != nil {
		s.cursor.close()
		s.root.Remove(cursorName)
	}
	unlink(s.root, s.lock)
	s.root.Close()
	s.parent.Remove(s.name)
}

// fail says what went wrong where.
func (s *slot) fail(what, name string, err error) error {
	return fmt.Errorf("spool: %s %s: %w", what, shown(filepath.Join(s.path, name)), cause(err))
}
