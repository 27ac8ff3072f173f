package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const maxLinks = 40 // symbolic links on the way to a directory

// safePath follows the symbolic links on the way to a directory, and sees to it
// that nobody else can put another one in the place of any step of it. Steps that
// are not there yet will be ours. The last step is not followed.
func safePath(path string) (string, error) {
	above := filepath.Dir(path)
	if above == path {
		return path, nil
	}
	w := newWay(above)
	for len(w.steps) > 0 {
		if err := w.step(); err != nil {
			return "", fmt.Errorf("%s is on the way to it, and %w: name another directory", shown(w.next), cause(err))
		}
	}
	return filepath.Join(w.at, filepath.Base(path)), nil
}

// A way leads to a directory, step by step.
type way struct {
	at    string   // without links; where the way is
	next  string   // what is looked at
	steps []string // from there on
	links int      // that were followed
}

func newWay(path string) *way {
	w := &way{}
	w.lead(path)
	return w
}

// lead goes on along a path, and then along the steps that were left.
func (w *way) lead(path string) {
	if filepath.IsAbs(path) {
		w.at = filepath.VolumeName(path) + string(filepath.Separator)
		path = "." + string(filepath.Separator) + strings.TrimPrefix(path, w.at) // the root is looked at as well
	}
	w.steps = append(strings.Split(path, string(filepath.Separator)), w.steps...)
}

func (w *way) step() error {
	name := w.steps[0]
	w.steps = w.steps[1:]
	w.next = filepath.Join(w.at, name) // at has no links, so that .. leads where it says
	info, err := os.Lstat(w.next)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.at = w.next
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return w.follow(info)
	}
	w.at = w.next
	return checkAbove(info)
}

func (w *way) follow(link fs.FileInfo) error {
	if w.links++; w.links > maxLinks {
		return errors.New("there are too many symbolic links")
	}
	if err := checkLink(link); err != nil {
		return err
	}
	target, err := os.Readlink(w.next)
	if err != nil {
		return err
	}
	w.lead(filepath.FromSlash(target))
	return nil
}
