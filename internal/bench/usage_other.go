//go:build !unix

package main

import "time"

// There is no getrusage here: CPU and memory are shown as zero.

func cpuTime() time.Duration { return 0 }

func peakMemory() int64 { return 0 }

func resetPeak() {}
