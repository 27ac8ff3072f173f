package process

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"golang.org/x/sys/unix"
)

// ofThis measures this process.
func ofThis(t *testing.T) *sdkmetric.ManualReader {
	t.Helper()
	reader, _ := begin(t, read)
	return reader
}

func TestLinuxHasEverything(t *testing.T) {
	got := values(t, ofThis(t))
	for _, name := range series {
		if _, there := got[name]; !there {
			t.Errorf("no %s", name)
		}
	}
	// The kernel does not count these.
	for _, q := range []quantity{swaps, messagesSent, messagesReceived, signals} {
		if got[series[q]] != 0 {
			t.Errorf("%s is %v", series[q], got[series[q]])
		}
	}
}

// cpuClock returns the seconds of the process's CPU clock.
func cpuClock(t *testing.T) float64 {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano()).Seconds()
}

// User and system time together are the CPU clock's time.
func TestCPUTimeGrowsAsTheCPUClock(t *testing.T) {
	const slack = 0.01
	reader := ofThis(t)
	total := func() (sum, low, high float64) {
		low = cpuClock(t)
		got := values(t, reader)
		return got[series[cpuUser]] + got[series[cpuSystem]], low - slack, cpuClock(t) + slack
	}
	burn := func(work func()) {
		for end := cpuClock(t) + 0.06; cpuClock(t) < end; {
			work()
		}
	}
	user := values(t, reader)
	burn(func() { spin(1e5) })
	system := values(t, reader)
	if grown := system[series[cpuUser]] - user[series[cpuUser]]; grown < 0.03 {
		t.Errorf("user time grew by %v", grown)
	}
	burn(func() { touch(t, 1<<20) })
	if grown := values(t, reader)[series[cpuSystem]] - system[series[cpuSystem]]; grown <= 0 {
		t.Errorf("system time grew by %v", grown)
	}
	if sum, low, high := total(); sum < low || sum > high {
		t.Errorf("CPU time %v, by the clock %v to %v", sum, low, high)
	}
}

var sink uint64

func spin(n int) {
	for i := range n {
		sink = sink*31 + uint64(i)
	}
}

// touch maps memory, writes to each of its pages, and gives it back.
func touch(t *testing.T, size int) {
	release := grow(t, size)
	release()
}

func grow(t *testing.T, size int) (release func()) {
	t.Helper()
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < size; i += os.Getpagesize() {
		b[i] = 1
	}
	return func() {
		if err := unix.Munmap(b); err != nil {
			t.Error(err)
		}
	}
}

func TestMemoryGrowsByWhatIsTouched(t *testing.T) {
	const size, slack = 64 << 20, 8 << 20 // the runtime takes and gives beside us
	reader := ofThis(t)
	before := values(t, reader)
	release := grow(t, size)
	held := values(t, reader)
	within(t, "resident growth", held[series[memoryResident]]-before[series[memoryResident]], size, slack)
	within(t, "virtual growth", held[series[memoryVirtual]]-before[series[memoryVirtual]], size, slack)
	if grown := held[series[faultsMinor]] - before[series[faultsMinor]]; grown < size/(2<<20) { // huge pages at the most
		t.Errorf("%v page faults", grown)
	}
	release()
	after := values(t, reader)
	within(t, "resident after", after[series[memoryResident]], before[series[memoryResident]], slack)
	if after[series[memoryPeak]] < held[series[memoryResident]]-slack {
		t.Errorf("peak %v, there were %v", after[series[memoryPeak]], held[series[memoryResident]])
	}
}

func TestMemoryIsWhatStatusSays(t *testing.T) {
	const slack = 4 << 20
	got := values(t, ofThis(t))
	for q, key := range map[quantity]string{memoryResident: "VmRSS", memoryVirtual: "VmSize", memoryPeak: "VmHWM"} {
		within(t, key, got[series[q]], 1024*status(t, key), slack)
	}
}

// status returns the number that /proc/self/status has for key.
func status(t *testing.T, key string) float64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n"+key+":")
	n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func within(t *testing.T, what string, got, want, slack float64) {
	t.Helper()
	if got < want-slack || got > want+slack {
		t.Errorf("%s: %v, want %v ± %v", what, got, want, slack)
	}
}

func TestOpenFilesAreCountedExactly(t *testing.T) {
	reader := ofThis(t)
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil { // and the poller's descriptors are there from now on
		t.Fatal(err)
	}
	count := func() float64 { return values(t, reader)[series[openFiles]] }
	before := count()
	var files []*os.File
	for i := range 600 { // more than one read of a directory takes
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		if i%100 > 0 {
			continue
		}
		if got := count(); got != before+float64(i+1) {
			t.Errorf("%v with %d more than %v", got, i+1, before)
		}
	}
	if got := listed("/proc/self/fd"); float64(got) != before+600 {
		t.Errorf("%d listed with 600 more than %v", got, before)
	}
	for _, f := range files {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := count(); got != before {
		t.Errorf("%v at the end, %v at the beginning", got, before)
	}
}

// Goroutines that each hold a thread; the kernel's own list has to agree.
func TestThreads(t *testing.T) {
	const held = 12
	reader := ofThis(t)
	release := holdThreads(held)
	defer release()
	for try := 0; ; try++ { // the runtime may start one between the looks
		before, got, after := tasks(t), values(t, reader)[series[threads]], tasks(t)
		if got == before && got == after && got > held {
			return
		}
		if try == 100 {
			t.Fatalf("%v threads, in /proc/self/task were %v and %v", got, before, after)
		}
	}
}

func holdThreads(n int) (release func()) {
	started, end, ended := make(chan bool), make(chan bool), make(chan bool)
	for range n {
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			started <- true
			<-end
			ended <- true
		}()
	}
	for range n {
		<-started
	}
	return func() {
		close(end)
		for range n {
			<-ended
		}
	}
}

func tasks(t *testing.T) float64 {
	t.Helper()
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return float64(len(list))
}

// A thread that sleeps gives the CPU away of its own will.
func TestVoluntarySwitches(t *testing.T) {
	const naps = 20
	reader := ofThis(t)
	before := values(t, reader)[series[switchesVoluntary]]
	for range naps {
		if err := unix.Nanosleep(&unix.Timespec{Nsec: 1e5}, nil); err != nil && err != unix.EINTR {
			t.Fatal(err)
		}
	}
	if grown := values(t, reader)[series[switchesVoluntary]] - before; grown < naps {
		t.Errorf("%v switches for %d naps", grown, naps)
	}
}
