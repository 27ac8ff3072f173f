package queue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A file is what the spool needs of an *os.File. Tests put others in its place,
// which fail.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Sync() error
	Truncate(size int64) error
}

// An opener opens a file by its name in a directory.
type opener func(dir *os.Root, name string, flag int) (file, error)

func openFile(dir *os.Root, name string, flag int) (file, error) {
	f, err := openRegular(dir, name, flag)
	if err != nil {
		return nil, err // not f: a nil *os.File is not a nil file
	}
	return f, nil
}

// errForeign is the cause of a file that others may have put there or may write:
// it is neither read nor touched.
var errForeign = errors.New("it is not used, nor touched; name another directory, which is then made")

// openRegular opens what is a regular file, ours alone, and no link to one.
func openRegular(dir *os.Root, name string, flag int) (*os.File, error) {
	there, err := dir.Lstat(name)
	if err == nil {
		err = checkFile(there)
	} else if errors.Is(err, fs.ErrNotExist) {
		there, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := dir.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && there != nil && !os.SameFile(info, there) {
		err = errReplaced
	}
	if err == nil {
		err = checkFile(info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// checkFile finds what makes a file one that others may have made or may write.
func checkFile(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("it is %v, not a regular file: %w", info.Mode(), errForeign)
	}
	if err := checkOwner(info, writable); err != nil {
		return fmt.Errorf("%w: %w", err, errForeign)
	}
	if n := links(info); n > 1 {
		return fmt.Errorf("it has %d names, and one of them may be in a directory of others: %w", n, errForeign)
	}
	return nil
}

func readDir(dir *os.Root) ([]fs.DirEntry, error) {
	f, err := dir.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

// syncDir makes the names in a directory last.
func syncDir(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return syncDirFile(f)
}
