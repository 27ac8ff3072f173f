package process

import "math"

// A quantity is what becomes one series.
type quantity int

const (
	cpuUser   quantity = iota // nanoseconds
	cpuSystem                 // nanoseconds
	memoryResident
	memoryVirtual
	memoryPeak // of the resident
	faultsMinor
	faultsMajor
	swaps
	blocksIn
	blocksOut
	messagesSent
	messagesReceived
	signals
	switchesVoluntary
	switchesInvoluntary
	threads
	openFiles
	uptime // nanoseconds

	quantities int = iota
)

// absent stands for a value that cannot be had.
const absent = -1

// A reading is one look at the process.
type reading struct {
	value [quantities]int64
	known [quantities]bool
}

// set notes a value. None is below zero: such a one was absent or misread, and is
// left out.
func (r *reading) set(q quantity, v int64) {
	if v >= 0 {
		r.value[q], r.known[q] = v, true
	}
}

// times returns v units, or absent where that is below zero or out of range.
func times(v, unit int64) int64 {
	if v < 0 || v > math.MaxInt64/unit {
		return absent
	}
	return v * unit
}
