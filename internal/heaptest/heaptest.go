package heaptest

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

const (
	// percent is by how much the heap grows before the collector looks at it.
	percent = 10
	// interval is how often what the collector found is read.
	interval = 200 * time.Microsecond
)

// Within fails the test where f holds more than limit bytes of the heap at any
// time, beside what is there before. What is garbage does not count: the collector
// runs whenever the heap has grown a little. It returns what f held at its height.
//
// Nothing else of the process may run meanwhile. Under the race detector, which
// takes memory of its own and time, the test is skipped: make memory runs it without.
func Within(t testing.TB, limit int64, f func()) int64 {
	t.Helper()
	SkipUnderRace(t)
	defer debug.SetGCPercent(debug.SetGCPercent(percent))
	runtime.GC()
	runtime.GC() // what pools hold goes with the second
	before, stop, peak := live(), make(chan struct{}), make(chan int64)
	go func() { peak <- watch(stop) }()
	f()
	close(stop)
	held := max(<-peak-before, 0)
	if held > limit {
		t.Errorf("%d KiB were held, and the bound is %d KiB", held>>10, limit>>10)
	}
	return held
}

// SkipUnderRace skips a test of memory under the race detector.
func SkipUnderRace(t testing.TB) {
	t.Helper()
	if underRace {
		t.Skip("memory is not measured under the race detector")
	}
}

// watch returns the most that was live until stop is closed.
func watch(stop <-chan struct{}) (peak int64) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		select {
		case <-stop:
			return max(peak, live())
		case <-ticks.C:
			peak = max(peak, live())
		}
	}
}

// live returns the bytes of the heap that the collector last found in use.
func live() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
