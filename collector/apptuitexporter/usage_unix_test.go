//go:build unix

package apptuitexporter

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime returns what the process has used of the processor.
func cpuTime(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
