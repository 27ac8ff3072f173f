//go:build unix

package process

import (
	"math"
	"runtime"
	"syscall"
	"testing"
)

// Each field, with a value of its own, becomes the quantity that it is.
func TestRusage(t *testing.T) {
	u := syscall.Rusage{
		Utime: syscall.Timeval{Sec: 3, Usec: 250_000}, Stime: syscall.Timeval{Sec: 1, Usec: 1},
		Maxrss: 11, Ixrss: 12, Idrss: 13, Isrss: 14, Minflt: 15, Majflt: 16, Nswap: 17, Inblock: 18,
		Oublock: 19, Msgsnd: 20, Msgrcv: 21, Nsignals: 22, Nvcsw: 23, Nivcsw: 24,
	}
	want := map[quantity]int64{
		cpuUser: 3_250_000_000, cpuSystem: 1_000_001_000, faultsMinor: 15, faultsMajor: 16, swaps: 17,
		blocksIn: 18, blocksOut: 19, messagesSent: 20, messagesReceived: 21, signals: 22,
		switchesVoluntary: 23, switchesInvoluntary: 24,
	}
	if peak := peakBytes(runtime.GOOS, 11); peak != absent {
		want[memoryPeak] = peak
	}
	var r reading
	r.rusage(&u)
	for q := range quantity(quantities) {
		v, ok := want[q]
		if r.known[q] != ok || r.value[q] != v {
			t.Errorf("%s: %d (%t), want %d (%t)", series[q], r.value[q], r.known[q], v, ok)
		}
	}
}

func TestPeakBytes(t *testing.T) {
	for goos, want := range map[string]int64{
		"darwin": 5000, "ios": 5000,
		"freebsd": 5_120_000, "netbsd": 5_120_000, "openbsd": 5_120_000, "dragonfly": 5_120_000, "aix": 5_120_000,
		"linux": absent, "android": absent, "solaris": absent, "illumos": absent,
	} {
		if got := peakBytes(goos, 5000); got != want {
			t.Errorf("%s: %d, want %d", goos, got, want)
		}
	}
	if got := peakBytes("freebsd", math.MaxInt64); got != absent {
		t.Errorf("out of range: %d", got)
	}
}
