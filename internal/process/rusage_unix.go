//go:build unix

package process

import (
	"runtime"
	"syscall"
)

// usage reads what getrusage has.
func usage(r *reading) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return
	}
	r.rusage(&u)
}

// rusage notes u. Its integers are of 32 bits on some systems.
func (r *reading) rusage(u *syscall.Rusage) {
	r.set(cpuUser, u.Utime.Nano())
	r.set(cpuSystem, u.Stime.Nano())
	r.set(memoryPeak, peakBytes(runtime.GOOS, int64(u.Maxrss)))
	r.set(faultsMinor, int64(u.Minflt))
	r.set(faultsMajor, int64(u.Majflt))
	r.set(swaps, int64(u.Nswap))
	r.set(blocksIn, int64(u.Inblock))
	r.set(blocksOut, int64(u.Oublock))
	r.set(messagesSent, int64(u.Msgsnd))
	r.set(messagesReceived, int64(u.Msgrcv))
	r.set(signals, int64(u.Nsignals))
	r.set(switchesVoluntary, int64(u.Nvcsw))
	r.set(switchesInvoluntary, int64(u.Nivcsw))
}

// peakBytes returns the bytes that ru_maxrss stands for. Most systems give it in
// KiB, macOS in bytes, Solaris not at all. On Linux it survives exec, and is then
// that of the program which started this one: /proc has the right one.
func peakBytes(goos string, maxrss int64) int64 {
	switch goos {
	case "linux", "android", "solaris", "illumos":
		return absent
	case "darwin", "ios":
		return maxrss
	}
	return times(maxrss, 1024)
}
