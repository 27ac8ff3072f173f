package process

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// procfs is the directory of a process under /proc.
type procfs string

func (p procfs) read(r *reading) {
	p.stat(r)
	r.set(memoryPeak, statusBytes(p.file("status"), "VmHWM"))
	r.set(openFiles, p.descriptors())
}

func (p procfs) path(name string) string { return filepath.Join(string(p), name) }

// file returns what is in a file, nothing where it cannot be read.
func (p procfs) file(name string) []byte {
	b, err := os.ReadFile(p.path(name))
	if err != nil {
		return nil
	}
	return b
}

func (p procfs) stat(r *reading) {
	s := parseStat(p.file("stat"))
	r.set(threads, s.field(statThreads))
	r.set(memoryVirtual, s.field(statVirtual))
	r.set(memoryResident, times(s.field(statResident), int64(os.Getpagesize())))
	r.set(uptime, since(times(s.field(statStart), tick)))
}

// since returns the nanoseconds from start to now, both counted from the boot of
// the machine, time asleep included.
func since(start int64) int64 {
	var now unix.Timespec
	if start < 0 || unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return absent
	}
	return now.Nano() - start
}

// descriptors returns how many files are open. Since Linux 6.2 that is the size of
// the directory, and takes no descriptor to know, of which there may be no more.
func (p procfs) descriptors() int64 {
	dir := p.path("fd")
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return absent
	}
	if info.Size() > 0 {
		return info.Size()
	}
	return listed(dir)
}
