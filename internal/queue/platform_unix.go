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

// checkOwner finds who else has a file or directory: another owner, or those to
// whom the mode gives what is denied.
func checkOwner(info fs.FileInfo, denied fs.FileMode) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("its owner is not known")
	}
	if uid := os.Geteuid(); int64(stat.Uid) != int64(uid) {
		return fmt.Errorf("it belongs to user %d and this process runs as user %d", stat.Uid, uid)
	}
	if mode := info.Mode().Perm(); mode&denied != 0 {
		return fmt.Errorf("its mode %#o lets others in", mode)
	}
	return nil
}

// checkAbove finds who else could put something else in the place of what is in a
// directory. Only root and this user may; in one with the sticky bit others may add
// names, but not take those of others away.
func checkAbove(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("its owner is not known")
	}
	if uid := os.Geteuid(); stat.Uid != 0 && int64(stat.Uid) != int64(uid) {
		return fmt.Errorf("it belongs to user %d, who can replace what is in it", stat.Uid)
	}
	if mode := info.Mode(); mode&writable != 0 && mode&fs.ModeSticky == 0 {
		return fmt.Errorf("its mode %#o lets others replace what is in it", mode.Perm())
	}
	return nil
}

// checkLink finds who else could have made a link that is in a directory where
// others may add names.
func checkLink(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if uid := os.Geteuid(); !ok || stat.Uid != 0 && int64(stat.Uid) != int64(uid) {
		return errors.New("it is a symbolic link that another user made")
	}
	return nil
}

// links returns how many names a file has.
func links(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Nlink)
	}
	return 1
}

// syncDirFile syncs a directory; some file systems have no need and say so.
func syncDirFile(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	return err
}
