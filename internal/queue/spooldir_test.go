package queue

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func wantRefused(t *testing.T, dir, word string) {
	t.Helper()
	d, err := OpenDisk(dir, testOptions())
	if err == nil {
		d.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), word) {
		t.Errorf("%v; it does not say %q", err, word)
	}
}

func TestOptionsRefused(t *testing.T) {
	for word, opts := range map[string]DiskOptions{
		"endpoint": {Bound: MinDisk},
		"too low":  {Bound: MinDisk - 1, Endpoint: testEndpoint},
	} {
		if _, err := OpenDisk(spoolDir(t), opts); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v; it does not say %q", err, word)
		}
	}
	wantRefused(t, "", "no directory")
}

func TestModes(t *testing.T) {
	onlyUnix(t)
	dir := spoolDir(t)
	fill(t, openDisk(t, dir, testOptions()), 10, 1)
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, _ error) error {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: mode %v", path, info.Mode())
		}
		return nil
	})
}

func onlyUnix(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes and owners are not checked here")
	}
}

// unfit makes the directories of a spool, one after another, unfit, and back.
func unfit(t *testing.T, word string, spoil, mend func(dir string) error) {
	top := spoolDir(t)
	openDisk(t, top, testOptions()).Close()
	endpoint := filepath.Join(top, EndpointDir(testEndpoint))
	for _, dir := range []string{top, endpoint, endpoint + "/slot-1"} {
		if err := spoil(dir); err != nil {
			t.Skip(err)
		}
		wantRefused(t, top, word)
		if err := mend(dir); err != nil {
			t.Fatal(err)
		}
	}
	openDisk(t, top, testOptions())
}

func TestOpenModeIsRefused(t *testing.T) {
	onlyUnix(t)
	for _, mode := range []fs.FileMode{0o720, 0o702, 0o777} {
		unfit(t, "name another directory",
			func(dir string) error { return os.Chmod(dir, mode) },
			func(dir string) error { return os.Chmod(dir, 0o700) })
	}
}

// The directory that the user named may be one that others read, such as most
// are made; those in it may not.
func TestReadableModes(t *testing.T) {
	onlyUnix(t)
	top := spoolDir(t)
	openDisk(t, top, testOptions()).Close()
	os.Chmod(top, 0o755)
	openDisk(t, top, testOptions()).Close()
	for _, dir := range []string{files(t, top, "")[0], files(t, top, "slot-1")[0]} {
		os.Chmod(dir, 0o711)
		wantRefused(t, top, "name another directory")
		os.Chmod(dir, 0o700)
	}
}

func TestForeignOwnerIsRefused(t *testing.T) {
	onlyUnix(t)
	unfit(t, "belongs to user 65534",
		func(dir string) error { return os.Chown(dir, 65534, 65534) },
		func(dir string) error { return os.Chown(dir, os.Geteuid(), os.Getegid()) })
}

func TestSymlinksAreRefused(t *testing.T) {
	unfit(t, "symbolic link",
		func(dir string) error {
			if err := os.Rename(dir, dir+".moved"); err != nil {
				return err
			}
			return os.Symlink(filepath.Base(dir)+".moved", dir)
		},
		func(dir string) error {
			os.Remove(dir)
			return os.Rename(dir+".moved", dir)
		})
}

func TestSharedTemporaryDirectoryIsRefused(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	wantRefused(t, temp, "shared temporary")
	if runtime.GOOS != "windows" {
		wantRefused(t, "/tmp/../tmp/", "shared temporary")
	}
	openDisk(t, temp+"/of its own", testOptions())
}

func TestAFileIsNoDirectory(t *testing.T) {
	name := t.TempDir() + "/file"
	write(t, name, nil)
	wantRefused(t, name, "not a directory")
}

// Links in place of files lead nowhere, and what they lead to is not touched.
func TestLinksInASlot(t *testing.T) {
	for _, name := range []string{"lock", "cursor", "00000000000000000001.seg"} {
		dir, target := spoolDir(t), t.TempDir()+"/target"
		openDisk(t, dir, testOptions()).Close()
		write(t, target, []byte("precious"))
		link := files(t, dir, "slot-1")[0] + "/" + name
		os.Remove(link)
		if err := os.Symlink(target, link); err != nil {
			t.Skip(err)
		}
		if d, err := OpenDisk(dir, testOptions()); err == nil {
			d.Push(batch(1, 100))
			d.Next(0)
			d.Remove(1)
			d.Close()
		} else if name != "lock" {
			t.Errorf("%s: %v", name, err)
		}
		if got := read(t, target); string(got) != "precious" {
			t.Errorf("%s was followed: %q", name, got)
		}
	}
}
