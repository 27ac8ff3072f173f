package process

import (
	"syscall"
	"time"
)

// usage reads the CPU times.
func usage(r *reading) {
	_, kernel, user, ok := processTimes()
	if !ok {
		return
	}
	r.set(cpuUser, length(user))
	r.set(cpuSystem, length(kernel))
}

func startTime() (time.Time, bool) {
	created, _, _, ok := processTimes()
	return time.Unix(0, created.Nanoseconds()), ok
}

func processTimes() (created, kernel, user syscall.Filetime, ok bool) {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return created, kernel, user, false
	}
	var exited syscall.Filetime // not yet
	err = syscall.GetProcessTimes(self, &created, &exited, &kernel, &user)
	return created, kernel, user, err == nil
}

// length returns the nanoseconds of a time span, which counts in steps of 100.
// Filetime's own Nanoseconds are those of a point in time.
func length(span syscall.Filetime) int64 {
	return times(int64(span.HighDateTime)<<32|int64(span.LowDateTime), 100)
}
