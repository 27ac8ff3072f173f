//go:build unix

package heaptest

import (
	"syscall"
	"time"
)

// CPU is the time that the processors have spent on this process. What else a machine
// has to do is not in it.
func CPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail for the process itself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
