//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryLock locks f for as long as it is open, or says that another has it. The
// lock is of the open file: it also keeps two queues of one process apart, and
// ends with the process, however that ends.
func tryLock(f *os.File) (locked bool, err error) {
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// unlink removes a lock file while it is locked: who opened it meanwhile finds
// that it is no longer there.
func unlink(dir *os.Root, f *os.File) {
	dir.Remove(lockName)
	f.Close()
}

// checkOwner finds who else has a directory: another owner, or those to whom the
// mode gives what is denied.
func checkOwner(info fs.FileInfo, denied fs.FileMode) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("its owner is not known")
	}
	if uid := os.Geteuid(); int(stat.Uid) != uid {
		return fmt.Errorf("it belongs to user %d and this process runs as user %d: name another directory, which is then made", stat.Uid, uid)
	}
	if mode := info.Mode().Perm(); mode&denied != 0 {
		return fmt.Errorf("its mode %#o lets others in: chmod 700 it, or name another directory, which is then made", mode)
	}
	return nil
}

// syncDirFile syncs a directory; some file systems have no need and say so.
func syncDirFile(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	return err
}
