package process

import (
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// fixture makes a directory like /proc/self. Its descriptors are our own.
func fixture(t *testing.T, stat, status string) procfs {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"stat": stat, "status": status} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/proc/self/fd", filepath.Join(dir, "fd")); err != nil {
		t.Fatal(err)
	}
	return procfs(dir)
}

const goodStatus = "Name:\ta\nVmHWM:\t   13472 kB\n"

func goodStat() string { return string(statOf("a) (b", "17", "0", "3133440", "384")) }

func TestFilesOfProc(t *testing.T) {
	var r reading
	fixture(t, goodStat(), goodStatus).read(&r)
	for q, want := range map[quantity]int64{
		threads: 17, memoryVirtual: 3133440, memoryResident: 384 * int64(os.Getpagesize()), memoryPeak: 13472 * 1024,
	} {
		if r.value[q] != want || !r.known[q] {
			t.Errorf("%s is %d, want %d", series[q], r.value[q], want)
		}
	}
	// A start at the boot: the uptime is the machine's.
	if !r.known[uptime] || r.value[uptime] == 0 || !r.known[openFiles] {
		t.Errorf("uptime %d, open files %d", r.value[uptime], r.value[openFiles])
	}
}

// What is malformed or missing takes its own values with it and no other.
func TestMalformedAndMissingFiles(t *testing.T) {
	word := func(threads, start, virtual, resident string) func(*testing.T, procfs) {
		return content("stat", string(statOf("a", threads, start, virtual, resident)))
	}
	allOfStat := []quantity{threads, uptime, memoryVirtual, memoryResident}
	huge := "9223372036854775807"
	for name, c := range map[string]struct {
		harm func(*testing.T, procfs)
		lost []quantity
	}{
		"nothing":             {func(*testing.T, procfs) {}, nil},
		"no stat":             {remove("stat"), allOfStat},
		"no status":           {remove("status"), []quantity{memoryPeak}},
		"no fd":               {remove("fd"), []quantity{openFiles}},
		"empty stat":          {content("stat", ""), allOfStat},
		"empty status":        {content("status", ""), []quantity{memoryPeak}},
		"stat of noise":       {content("stat", "\x00\xff) \x01 ("), allOfStat},
		"short stat":          {content("stat", "1 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"), []quantity{uptime, memoryVirtual, memoryResident}},
		"threads a word":      {word("x", "1", "2", "3"), []quantity{threads}},
		"threads below zero":  {word("-1", "1", "2", "3"), []quantity{threads}},
		"start a word":        {word("1", "x", "2", "3"), []quantity{uptime}},
		"start below zero":    {word("1", "-1", "2", "3"), []quantity{uptime}},
		"start to come":       {word("1", "900000000000", "2", "3"), []quantity{uptime}},
		"start out of range":  {word("1", huge, "2", "3"), []quantity{uptime}},
		"virtual a word":      {word("1", "1", "x", "3"), []quantity{memoryVirtual}},
		"virtual too great":   {word("1", "1", huge+"0", "3"), []quantity{memoryVirtual}},
		"resident a word":     {word("1", "1", "2", "x"), []quantity{memoryResident}},
		"resident below zero": {word("1", "1", "2", "-3"), []quantity{memoryResident}},
		"resident too great":  {word("1", "1", "2", huge), []quantity{memoryResident}},
		"fd a file":           {instead("fd"), []quantity{openFiles}},
		"stat a directory":    {directory("stat"), allOfStat},
		"nothing there":       {func(t *testing.T, p procfs) { removeAll(t, p) }, append([]quantity{openFiles, memoryPeak}, allOfStat...)},
	} {
		t.Run(name, func(t *testing.T) {
			p := fixture(t, goodStat(), goodStatus)
			c.harm(t, p)
			reader, _ := begin(t, func() (r reading) { usage(&r); p.read(&r); return r })
			got := values(t, reader)
			for _, q := range c.lost {
				if v, there := got[series[q]]; there {
					t.Errorf("%s is there: %v", series[q], v)
				}
			}
			if len(got) != quantities-len(c.lost) {
				t.Errorf("%d values, want %d: %v", len(got), quantities-len(c.lost), got)
			}
		})
	}
}

func remove(name string) func(*testing.T, procfs) {
	return func(t *testing.T, p procfs) {
		if err := os.Remove(p.path(name)); err != nil {
			t.Fatal(err)
		}
	}
}

func content(name, text string) func(*testing.T, procfs) {
	return func(t *testing.T, p procfs) {
		if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// instead puts an empty file where something else was.
func instead(name string) func(*testing.T, procfs) {
	return func(t *testing.T, p procfs) {
		remove(name)(t, p)
		content(name, "")(t, p)
	}
}

func directory(name string) func(*testing.T, procfs) {
	return func(t *testing.T, p procfs) {
		remove(name)(t, p)
		if err := os.Mkdir(p.path(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func removeAll(t *testing.T, p procfs) {
	if err := os.RemoveAll(string(p)); err != nil {
		t.Fatal(err)
	}
}

// The kernel's own rendering of a hostile name.
func TestAHostileNameOfThisProcess(t *testing.T) {
	before, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"a) R 1 (b", ") ) )", "((((", "x y", ")\n1 2 3"} {
		if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
			t.Skip(err)
		}
		var r reading
		procfs("/proc/self").stat(&r)
		if !r.known[uptime] || r.value[threads] < 1 || r.value[threads] > 1000 || r.value[memoryResident] < 1<<20 {
			t.Errorf("named %q: %+v", name, r)
		}
	}
	if err := os.WriteFile("/proc/self/comm", before[:len(before)-1], 0); err != nil {
		t.Error(err)
	}
}

// The count of open files is there when no more can be opened, which is when it is
// needed, and what getrusage has too.
func TestOutOfDescriptors(t *testing.T) {
	if info, err := os.Stat("/proc/self/fd"); err != nil || info.Size() == 0 {
		t.Skip("Linux before 6.2")
	}
	reader, _ := begin(t, read)
	before := values(t, reader)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	got := values(t, reader)
	_, err := os.Open("/proc/self/stat")
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err == nil {
		t.Fatal("a file could be opened")
	}
	if files := series[openFiles]; got[files] == 0 || got[files] != before[files] {
		t.Errorf("open files: %v, before %v", got[files], before[files])
	}
	if _, there := got[series[cpuUser]]; !there {
		t.Error("no CPU time")
	}
	if v, there := got[series[memoryResident]]; there {
		t.Errorf("a memory of %v from a file that could not be opened", v)
	}
}

// Listing and the size that the kernel gives agree.
func TestListedAgreesWithTheSize(t *testing.T) {
	const self = procfs("/proc/self")
	if got, want := listed(self.path("fd")), self.descriptors(); got != want {
		t.Errorf("%d listed, %d by the kernel's count", got, want)
	}
	if got := listed(self.path("none")); got != absent {
		t.Errorf("no directory has %d", got)
	}
	if got := listed(self.path("stat")); got != absent {
		t.Errorf("a file has %d", got)
	}
}

func TestSinceAStartToCome(t *testing.T) {
	if got := since(math.MaxInt64); got >= 0 {
		t.Errorf("%d ns since a time to come", got)
	}
	if got := since(absent); got != absent {
		t.Errorf("%d ns since no time", got)
	}
}
