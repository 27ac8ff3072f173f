package queue

import (
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

// openRegular opens what is a regular file and no link to one.
func openRegular(dir *os.Root, name string, flag int) (*os.File, error) {
	info, err := dir.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("it is %v, not a regular file", info.Mode())}
	}
	return dir.OpenFile(name, flag, 0o600)
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
