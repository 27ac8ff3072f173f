//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// tryLock fails: without a lock that ends with the process there is no telling a
// slot in use from one that was left.
func tryLock(*os.File) (locked bool, err error) {
	return false, fmt.Errorf("a spool cannot be locked on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func unlink(dir *os.Root, f *os.File) {
	f.Close()
	dir.Remove(lockName)
}

func checkOwner(fs.FileInfo, fs.FileMode) error { return nil }

func checkAbove(fs.FileInfo) error { return nil }

func checkLink(fs.FileInfo) error { return nil }

// links returns how many names a file has, as far as is known here.
func links(fs.FileInfo) int { return 1 }

func syncDirFile(*os.File) error { return nil }
