//go:build linux

package queue

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of two megabytes, where that is possible.
func smallDisk(t *testing.T) string {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// A full disk takes nothing more, loses nothing that it took, and drains, also
// by another process.
func TestFullDiskDrains(t *testing.T) {
	dir := smallDisk(t)
	opts := testOptions()
	opts.Sync, opts.segment = SyncEach, 256<<10
	d := openDisk(t, dir, opts)
	held := fillDisk(t, d)
	plug(t, dir)
	for range 5 {
		if _, err := d.Push(numbered(99, 30000)); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("error %v", err)
		}
	}
	wantContents(t, d, held)
	for range 3 {
		takeOne(t, d)
	}
	d.Close()

	d = openDisk(t, dir, opts)
	wantContents(t, d, held[3:])
	wantNoNotice(t, d)
	for range 20 {
		takeOne(t, d)
	}
	fill(t, d, 30000, 100) // there is room again
	wantContents(t, d, append(held[23:], 100))
	if n := drain(t, d); n != len(held)-22 {
		t.Errorf("%d drained", n)
	}
}

func fillDisk(t *testing.T, d *Disk) (held []uint64) {
	for id := uint64(1); ; id++ {
		_, err := d.Push(numbered(id, 30000))
		if err == nil {
			held = append(held, id)
			continue
		}
		if !errors.Is(err, syscall.ENOSPC) || len(held) < 30 {
			t.Fatalf("after %d batches: %v", len(held), err)
		}
		return held
	}
}

// plug takes the last bytes.
func plug(t *testing.T, dir string) {
	f, err := os.Create(dir + "/plug")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
}
