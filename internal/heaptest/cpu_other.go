//go:build !unix

package heaptest

import "time"

var begun = time.Now()

// CPU is the time since the process began, where the system does not tell how much of
// that was spent on it.
func CPU() time.Duration { return time.Since(begun) }
