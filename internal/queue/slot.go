package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	open     opener // of files
	sync     Sync
	last     uint64 // the highest number it has seen
	segments int    // in the queue
}

// takeSlot takes the slot of that name, which is made where there is none.
func takeSlot(parent *os.Root, path, name string, opts DiskOptions) (*slot, error) {
	s := &slot{parent: parent, name: name, path: filepath.Join(path, name), open: opts.open, sync: opts.Sync}
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
	s.cursor = openCursor(func(name string) (file, error) {
		return s.open(s.root, name, os.O_RDWR|os.O_CREATE)
	})
	s.last = s.cursor.position
	return s, nil
}

// takeLock locks the slot. A slot that its owner is removing has had its lock
// removed, or loses it before the directory: then it is taken just the same.
func (s *slot) takeLock() error {
	f, err := openRegular(s.root, lockName, os.O_RDWR|os.O_CREATE)
	if errors.Is(err, fs.ErrNotExist) { // the directory is gone
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
		if !errors.Is(err, errTaken) {
			return s, err
		}
	}
	return nil, fmt.Errorf("spool %s: %d processes use it: name another directory", path, maxSlots)
}

// adopt takes all slots that dead processes left.
func adopt(parent *os.Root, path string, opts DiskOptions, d *Damage) ([]*slot, error) {
	entries, err := readDir(parent)
	if err != nil {
		return nil, fmt.Errorf("spool %s: %w", path, err)
	}
	var all []*slot
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), slotPrefix) {
			continue
		}
		s, err := takeSlot(parent, path, e.Name(), opts)
		switch {
		case err == nil:
			all = append(all, s)
		case !errors.Is(err, errTaken):
			d.Err = err
		}
	}
	return all, nil
}

// release leaves the slot to the next process.
func (s *slot) release() {
	s.cursor.close()
	s.lock.Close()
	s.root.Close()
}

// remove gives the slot up. Files that are not ours keep its directory.
func (s *slot) remove() {
	s.cursor.close()
	s.root.Remove(cursorName)
	unlink(s.root, s.lock)
	s.root.Close()
	s.parent.Remove(s.name)
}

// fail says what went wrong where.
func (s *slot) fail(what, name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) { // which has a name without a directory
		err = path.Err
	}
	return fmt.Errorf("spool: %s %s: %w", what, filepath.Join(s.path, name), err)
}
