package queue

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks f for as long as it is open, or says that another has it. The
// lock is of the handle: it also keeps two queues of one process apart, and ends
// with the process, however that ends.
func tryLock(f *os.File) (locked bool, err error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// unlink removes a lock file, which has to be closed for that. Who opens it
// first keeps it: then it cannot be removed.
func unlink(dir *os.Root, f *os.File) {
	f.Close()
	dir.Remove(lockName)
}

// checkOwner finds nothing: a directory has the access list of its parent here,
// which under a user's profile lets in that user, the system and administrators.
func checkOwner(fs.FileInfo, fs.FileMode) error { return nil }

func checkAbove(fs.FileInfo) error { return nil }

func checkLink(fs.FileInfo) error { return nil }

// links returns how many names a file has, as far as is known here.
func links(fs.FileInfo) int { return 1 }

// syncDirFile does nothing: a directory cannot be synced here, and NTFS logs
// changes of names.
func syncDirFile(*os.File) error { return nil }
