package queue

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A plant is what others can do to a file of a slot.
var plants = map[string]func(t *testing.T, name string){
	"owner": func(t *testing.T, name string) {
		if err := os.Chown(name, 65534, -1); err != nil {
			t.Skip("only root can give a file away: ", err)
		}
	},
	"group writable": func(t *testing.T, name string) { chmod(t, name, 0o620) },
	"world writable": func(t *testing.T, name string) { chmod(t, name, 0o602) },
	"hard link": func(t *testing.T, name string) {
		if err := os.Link(name, filepath.Join(t.TempDir(), "link")); err != nil {
			if err := os.Link(name, name+".link"); err != nil {
				t.Skip(err)
			}
		}
	},
	"symbolic link": func(t *testing.T, name string) {
		if err := os.Rename(name, name+".target"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Base(name)+".target", name); err != nil {
			t.Skip(err)
		}
	},
	"directory": func(t *testing.T, name string) {
		os.Rename(name, name+".file")
		os.Mkdir(name, 0o700)
	},
}

func chmod(t *testing.T, name string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// A fingerprint is all that may not change about what others have.
type fingerprint struct {
	mode fs.FileMode
	data []byte
}

func fingerprintOf(t testing.TB, name string) fingerprint {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatalf("it is gone: %v", err)
	}
	f := fingerprint{mode: info.Mode()}
	if !info.IsDir() {
		f.data = read(t, name)
	}
	return f
}

func (f fingerprint) equal(other fingerprint) bool {
	return f.mode == other.mode && bytes.Equal(f.data, other.data)
}

// A segment that others may have made or may write is not sent, not changed and
// told once, with its path and what to do. What is ours in other files is sent.
func TestPlantedSegment(t *testing.T) {
	onlyUnix(t)
	for name, plant := range plants {
		t.Run(name, func(t *testing.T) {
			dir, segments := leaveSegments(t, 9, 1)
			plant(t, segments[1])
			before := fingerprintOf(t, segments[1])
			d := openDisk(t, dir, fewInASegment())
			told := texts(d.Notices())
			if len(told) != 2 || !strings.Contains(told[0], segments[1]) || !strings.Contains(told[0], "name another directory") ||
				strings.Contains(told[0], "chmod") || !strings.Contains(told[1], "3 batches") {
				t.Errorf("told %q", told)
			}
			fill(t, d, 100, ids(10, 20)...)
			wantContents(t, d, append([]uint64{2, 3}, ids(7, 20)...))
			drain(t, d)
			d.Close()
			if after := fingerprintOf(t, segments[1]); !after.equal(before) {
				t.Errorf("it was changed: %v, before %v", after.mode, before.mode)
			}
		})
	}
}

// A cursor of others is neither believed nor written.
func TestPlantedCursor(t *testing.T) {
	onlyUnix(t)
	for name, plant := range plants {
		t.Run(name, func(t *testing.T) {
			dir, _ := leaveSegments(t, 5, 1)
			cursor := files(t, dir, "slot-1/cursor")[0]
			plant(t, cursor)
			before := fingerprintOf(t, cursor)
			d := openDisk(t, dir, fewInASegment())
			if told := texts(d.Notices()); len(told) != 1 || !strings.Contains(told[0], cursor) || !strings.Contains(told[0], "name another directory") {
				t.Errorf("told %q", told)
			}
			fill(t, d, 100, 6)
			wantContents(t, d, ids(1, 6)) // one more time
			drain(t, d)
			d.Close()
			if after := fingerprintOf(t, cursor); !after.equal(before) {
				t.Error("it was changed")
			}
		})
	}
}

// A slot with a lock of others is not used.
func TestPlantedLock(t *testing.T) {
	onlyUnix(t)
	for name, plant := range plants {
		t.Run(name, func(t *testing.T) {
			dir, _ := leaveSegments(t, 2, 0)
			lock := files(t, dir, "slot-1/lock")[0]
			plant(t, lock)
			before := fingerprintOf(t, lock)
			wantRefused(t, dir, "name another directory")
			if after := fingerprintOf(t, lock); !after.equal(before) {
				t.Error("it was changed")
			}
		})
	}
}

// What is planted in a slot that is taken over is treated alike.
func TestPlantedInAnAdoptedSlot(t *testing.T) {
	onlyUnix(t)
	dir := spoolDir(t)
	leaveSlots(t, dir, testOptions(), 0, 1, 2)
	segment, lock := files(t, dir, "slot-2/*.seg")[0], files(t, dir, "slot-3/lock")[0]
	chmod(t, segment, 0o666)
	chmod(t, lock, 0o666)
	d := openDisk(t, dir, testOptions())
	wantContents(t, d, ids(0, 0))
	told := strings.Join(texts(d.Notices()), "\n")
	if !strings.Contains(told, segment) || !strings.Contains(told, lock) {
		t.Errorf("told %s", told)
	}
	drain(t, d)
	d.Close()
	if !fileExists(segment) || !fileExists(lock) {
		t.Error("it was removed")
	}
}

func fileExists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// A file that becomes one of others while the spool is used is not read from then
// on, as far as it is opened again.
func TestPlantedWhileUsed(t *testing.T) {
	onlyUnix(t)
	dir, segments := leaveSegments(t, 12, 0)
	opts := fewInASegment()
	opts.files = 1
	d := openDisk(t, dir, opts)
	chmod(t, segments[1], 0o666)
	wantContents(t, d, append(ids(1, 3), ids(7, 12)...))
	if lost, _ := sum(d.Notices()); lost.Batches != 3 || lost.Points != 5+6+7 {
		t.Errorf("told that %v is lost", lost)
	}
	drain(t, d)
	if !fileExists(segments[1]) {
		t.Error("it was removed")
	}
}

// Nobody else may be able to put another directory in the place of one on the way
// to the spool.
func TestDirectoriesAbove(t *testing.T) {
	onlyUnix(t)
	for what, c := range map[string]struct {
		mode fs.FileMode
		ok   bool
	}{
		"ours":                  {0o700, true},
		"readable":              {0o755, true},
		"group writable":        {0o770, false},
		"world writable":        {0o707, false},
		"sticky":                {0o777 | fs.ModeSticky, true},
		"sticky group writable": {0o770 | fs.ModeSticky, true},
	} {
		for _, below := range []string{"spool", "there/spool", "not there/spool"} {
			above := filepath.Join(t.TempDir(), "above")
			if err := os.MkdirAll(above+"/there", 0o700); err != nil {
				t.Fatal(err)
			}
			chmod(t, above, c.mode)
			d, err := OpenDisk(filepath.Join(above, below), testOptions())
			if (err == nil) != c.ok {
				t.Errorf("%s, %s: %v", what, below, err)
			}
			if err == nil {
				d.Close()
			} else if !strings.Contains(err.Error(), above) || !strings.Contains(err.Error(), "name another directory") || fileExists(above+"/not there") {
				t.Errorf("%s, %s: %v", what, below, err)
			}
		}
	}
}

func TestForeignDirectoryAbove(t *testing.T) {
	onlyUnix(t)
	above := filepath.Join(t.TempDir(), "above")
	if err := os.MkdirAll(above+"/ours", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(above, 65534, -1); err != nil {
		t.Skip("only root can give a directory away: ", err)
	}
	wantRefused(t, above+"/ours/spool", "belongs to user 65534")
}

// A symbolic link on the way is followed, and what it leads over has to be as
// safe. One that another user made is not followed.
func TestLinksAbove(t *testing.T) {
	onlyUnix(t)
	top := t.TempDir()
	for _, dir := range []string{"real/spools", "open/spools", "links"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	chmod(t, top+"/open", 0o777)
	link := func(target, name string) string {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(top, "links", name)); err != nil {
			t.Skip(err)
		}
		return filepath.Join(top, "links", name)
	}
	d := openDisk(t, link(top+"/real/spools", "good")+"/a", testOptions())
	if want, _ := filepath.EvalSymlinks(top); d.slots.path != filepath.Join(want, "real/spools/a", EndpointDir(testEndpoint)) {
		t.Errorf("it is at %s", d.slots.path)
	}
	openDisk(t, link("../real", "relative")+"/spools/b", testOptions())
	openDisk(t, link("good", "twice")+"/c", testOptions())
	up := openDisk(t, link("good/../spools", "up")+"/d", testOptions()) // above where good leads to
	if filepath.Base(filepath.Dir(filepath.Dir(up.slots.path))) != "spools" || !fileExists(top+"/real/spools/d") {
		t.Errorf("it is at %s", up.slots.path)
	}
	wantRefused(t, link("../open/spools", "bad")+"/a", top+"/open is on the way")
	wantRefused(t, link("loop", "loop")+"/a", "too many symbolic links")
	link("b/b", "a")
	link("a/a", "b")
	wantRefused(t, top+"/links/a/spool", "too many symbolic links")
	foreign := link("../real", "foreign")
	if err := os.Lchown(foreign, 65534, -1); err == nil {
		wantRefused(t, foreign+"/spools/a", "another user made")
	}
}

// A path of others is shown without what a terminal would act on, and cut short.
func TestPathsInErrors(t *testing.T) {
	onlyUnix(t)
	top := t.TempDir()
	bad := filepath.Join(top, "a\x1b[31m\n"+strings.Repeat("b", 200))
	deep := filepath.Join(bad, strings.Repeat("c", 200))
	if err := os.MkdirAll(deep, 0o777); err != nil {
		t.Fatal(err)
	}
	chmod(t, deep, 0o777)
	_, err := OpenDisk(deep, testOptions())
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") || len([]rune(err.Error())) > maxShown+150 {
		t.Errorf("error %v", err)
	}
	if text := shown(strings.Repeat("\xff", 1000)); len([]rune(text)) != maxShown || strings.Contains(text, "\xff") {
		t.Errorf("shown %q", text)
	}
	if text := shown("/var/spöol/x y"); text != "/var/spöol/x y" {
		t.Errorf("shown %q", text)
	}
}

// FuzzOpenPlanted opens a spool of which others changed a slot: what they made is
// never sent and never changed, and what is ours is.
func FuzzOpenPlanted(f *testing.F) {
	f.Add("00000000000000000004.seg", fuzzSegment(7, 8), uint16(0o666), byte(0))
	f.Add("00000000000000000001.seg", fuzzSegment(7, 8), uint16(0o600), byte(1))
	f.Add("cursor", progress{done: mark{9, 9}}.append(nil, 7), uint16(0o622), byte(0))
	f.Add("lock", []byte(nil), uint16(0o606), byte(2))
	f.Add("02305843009213693952.seg", fuzzSegment(7), uint16(0o600), byte(0))
	f.Add("00000000000000000002.seg", []byte("nothing"), uint16(0o600), byte(3))
	f.Fuzz(func(t *testing.T, name string, data []byte, mode uint16, kind byte) {
		if name != filepath.Base(name) || name == "." || strings.ContainsAny(name, "\x00/\\") || len(name) > 100 || len(data) > 1<<16 {
			return
		}
		dir := spoolDir(t)
		d := openDisk(t, dir, fewInASegment())
		fill(t, d, 100, ids(1, 5)...)
		d.Close()
		slot := files(t, dir, "slot-1")[0]
		path := filepath.Join(slot, name)
		os.Remove(path)
		if fileExists(path) {
			return
		}
		replaced := name == "00000000000000000001.seg" || name == "00000000000000000004.seg"
		foreign := plantFile(t, path, data, fs.FileMode(mode)&0o777|0o400, kind)
		before := fingerprintOf(t, path)
		d, err := OpenDisk(dir, fewInASegment())
		if err != nil {
			return
		}
		defer d.Close()
		for _, id := range sendable(t, d) {
			if id > 5 && foreign {
				t.Fatalf("batch %d of %s was sent", id, name)
			}
		}
		if !replaced {
			got := sendable(t, d)
			for _, id := range ids(1, 5) {
				if name != cursorName && !slices.Contains(got, id) {
					t.Fatalf("batch %d is lost by %s", id, name)
				}
			}
		}
		fill(t, d, 100, 6)
		for {
			e, ok, _ := d.Next(0)
			if !ok {
				break
			}
			d.Remove(e.Seq)
		}
		if _, ours := parseSegmentName(name); foreign || !ours && name != cursorName && name != lockName {
			if after := fingerprintOf(t, path); !after.equal(before) {
				t.Fatalf("%s was changed", name)
			}
		}
	})
}

// plantFile makes a file as others may, and tells whether it is one that others
// have a hand in.
func plantFile(t *testing.T, path string, data []byte, mode fs.FileMode, kind byte) (foreign bool) {
	t.Helper()
	target := path
	if kind%4 == 2 {
		target = filepath.Join(t.TempDir(), "target")
	}
	if err := os.WriteFile(target, data, 0o600); err != nil {
		t.Skip(err)
	}
	chmod(t, target, mode)
	switch kind % 4 {
	case 1:
		if os.Link(path, path+".link") != nil {
			t.Skip("no links")
		}
		return true
	case 2:
		if os.Symlink(target, path) != nil {
			t.Skip("no links")
		}
		return true
	case 3:
		if os.Chown(path, 65534, -1) == nil {
			return true
		}
	}
	return mode&0o022 != 0
}

// sendable returns the ids of what would be sent, whatever they are.
func sendable(t *testing.T, d *Disk) (ids []uint64) {
	t.Helper()
	for after := uint64(0); ; {
		e, ok, err := d.Next(after)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return ids
		}
		after = e.Seq
		if len(e.Batch.Body) >= 8 {
			ids = append(ids, order.Uint64(e.Batch.Body))
		}
	}
}
