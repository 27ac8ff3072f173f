package queue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// What others may not do: in the directory that the user named they cannot put
// other directories in the place of ours, and ours they cannot enter.
const (
	writable fs.FileMode = 0o022
	anything fs.FileMode = 0o077
)

// EndpointDir returns the name of the sub-directory for an endpoint, a hash. The
// endpoint is its URL without the token, and with whatever else tells one tenant
// from another: a new token drains what was kept under the old one, and nothing
// is sent to another endpoint than it was meant for.
func EndpointDir(endpoint string) string {
	sum := sha256.Sum256([]byte(endpoint))
	return hex.EncodeToString(sum[:16])
}

// openSpool opens, or makes, the directory that the user named.
func openSpool(dir string) (*os.Root, string, error) {
	if dir == "" {
		return nil, "", errors.New("spool: no directory is named")
	}
	named, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", fmt.Errorf("spool %s: %w", shown(dir), err)
	}
	path, err := safePath(named)
	if err != nil {
		return nil, "", fmt.Errorf("spool %s: %w", shown(named), err)
	}
	if err := makeDirs(path); err != nil {
		return nil, "", fmt.Errorf("spool %s: make the directory: %w", shown(path), cause(err))
	}
	info, err := os.Lstat(path)
	if err == nil && isSharedTemp(info) {
		err = errors.New("it is the shared temporary directory: name one of its own")
	}
	if err == nil {
		err = checkDir(info, writable)
	}
	if err != nil {
		return nil, "", fmt.Errorf("spool %s: %w", shown(path), cause(err))
	}
	root, err := openSame(path, info)
	return root, path, err
}

// makeDirs makes a directory and those above it that are missing.
func makeDirs(path string) error {
	above := filepath.Dir(path)
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrNotExist) && above != path {
		if err := makeDirs(above); err != nil {
			return err
		}
		err = os.Mkdir(path, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		syncAbove(above)
	}
	return err
}

// syncAbove syncs a directory that may not be ours to read; most file systems
// have no need of it.
func syncAbove(path string) {
	if root, err := os.OpenRoot(path); err == nil {
		syncDir(root)
		root.Close()
	}
}

// openSame opens the directory that was checked, and no other.
func openSame(path string, checked fs.FileInfo) (*os.Root, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("spool %s: %w", shown(path), cause(err))
	}
	if err := same(root, checked); err != nil {
		root.Close()
		return nil, fmt.Errorf("spool %s: %w", shown(path), cause(err))
	}
	return root, nil
}

var errReplaced = errors.New("it was replaced while it was opened")

func same(root *os.Root, checked fs.FileInfo) error {
	info, err := root.Stat(".")
	if err == nil && !os.SameFile(info, checked) {
		err = errReplaced
	}
	return err
}

// openDir opens, or makes, a directory in another one.
func openDir(parent *os.Root, name string) (*os.Root, error) {
	err := parent.Mkdir(name, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	made := err == nil
	info, err := parent.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := checkDir(info, anything); err != nil {
		return nil, err
	}
	if made {
		if err := syncDir(parent); err != nil {
			return nil, err
		}
	}
	root, err := parent.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if err := same(root, info); err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// checkDir finds what makes a directory unfit for what others should not see.
func checkDir(info fs.FileInfo, denied fs.FileMode) error {
	if info.Mode()&fs.ModeSymlink != 0 {
		return errors.New("it is a symbolic link: name the directory that it leads to")
	}
	if !info.IsDir() {
		return fmt.Errorf("it is %v, not a directory", info.Mode())
	}
	if err := checkOwner(info, denied); err != nil {
		return fmt.Errorf("%w, what is in it cannot be trusted: name another directory, which is then made", err)
	}
	return nil
}

func isSharedTemp(dir fs.FileInfo) bool {
	for _, path := range []string{os.TempDir(), "/tmp", "/var/tmp", "/dev/shm"} {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, dir) {
			return true
		}
	}
	return false
}
