//go:build !linux && !darwin && !windows

package process

import "time"

// startTime is not to be had here.
func startTime() (time.Time, bool) { return time.Time{}, false }
