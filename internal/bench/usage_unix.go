//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// cpuTime returns the CPU time of this process, user and system.
func cpuTime() time.Duration {
	u := rusage()
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMemory returns the most bytes that were resident at one time since
// resetPeak, or since the process began where that cannot be reset.
func peakMemory() int64 {
	status, _ := os.ReadFile("/proc/self/status") // Linux alone has it
	if _, rest, found := bytes.Cut(status, []byte("VmHWM:")); found {
		var kib int64
		if _, err := fmt.Sscan(string(rest), &kib); err == nil {
			return kib << 10
		}
	}
	if runtime.GOOS == "darwin" {
		return int64(rusage().Maxrss)
	}
	return int64(rusage().Maxrss) << 10
}

// resetPeak begins the peak anew, so that what preparation took and gave back
// does not hide what comes after it.
func resetPeak() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // Linux alone has it
}

func rusage() (u syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail for the process itself
	return u
}
