package queue

import (
	"fmt"
	"os"
	"path/filepath"
)

// The slots of a process are its own, and those of dead processes until they are
// empty. Once the disk is open they, and the path, change with the index's mu.
type slots struct {
	index   *index // of the records in them
	dir     string // as the user named it
	path    string // of the slots
	opts    DiskOptions
	parent  *os.Root   // of the slots
	parents []*os.Root // this one, and those before that slots are still in
	own     *slot      // nil where it is gone and there is no other yet
	adopted []*slot    // until they are empty
}

// openParent opens, or makes, the directory of the slots.
func (l *slots) openParent() error {
	top, path, err := openSpool(l.dir)
	if err != nil {
		return err
	}
	defer top.Close()
	name := EndpointDir(l.opts.Endpoint)
	parent, err := openDir(top, name)
	if err != nil {
		return fmt.Errorf("spool %s: open %s: %w", shown(path), name, cause(err))
	}
	l.index.mu.Lock()
	defer l.index.mu.Unlock()
	l.path, l.parent = filepath.Join(path, name), parent
	l.parents = append(l.parents, parent)
	return nil
}

// load finds what is in the slots. An adopted one that cannot be read now is left
// to the next process.
func (l *slots) load() (found [][]*segment, err error) {
	for _, s := range l.all() {
		segments, damage, err := s.load()
		switch {
		case err == nil:
			found = append(found, segments)
			l.index.notices = append(l.index.notices, damage.notices()...)
		case s == l.own:
			return nil, err
		default:
			l.index.notices = append(l.index.notices, Notice{Err: err})
			l.adopted = without(l.adopted, s)
			s.release()
		}
	}
	return found, nil
}

// all returns all slots that this process has.
func (l *slots) all() []*slot {
	if l.own == nil {
		return l.adopted
	}
	return append([]*slot{l.own}, l.adopted...)
}

func (l *slots) release() {
	for _, s := range l.all() {
		s.release()
	}
	for _, parent := range l.parents {
		parent.Close()
	}
}

// leave removes a slot, whose records are all done with, unless it is ours.
func (l *slots) leave(s *slot) {
	if s == l.own {
		return
	}
	l.index.mu.Lock()
	l.adopted = without(l.adopted, s)
	l.index.mu.Unlock()
	s.remove()
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
