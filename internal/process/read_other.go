//go:build !linux

package process

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

func read() reading {
	var r reading
	usage(&r)
	r.set(threads, goThreads())
	r.set(uptime, int64(time.Since(began())))
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" { // elsewhere /dev/fd may hold but three
		r.set(openFiles, listed("/dev/fd"))
	}
	return r
}

// goThreads returns how many threads the Go runtime has.
func goThreads() int64 {
	sample := []metrics.Sample{{Name: "/sched/threads/total:threads"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return absent
	}
	return int64(sample[0].Value.Uint64())
}

var loaded = time.Now() // soon after the process began

// began returns when the process began. It has a monotonic clock reading, so that
// the uptime does not jump with the wall clock.
var began = sync.OnceValue(func() time.Time {
	at, ok := startTime()
	age := time.Since(at)
	if !ok || age < 0 {
		return loaded
	}
	return time.Now().Add(-age)
})
