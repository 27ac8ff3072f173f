//go:build !unix

package apptuitexporter

import (
	"testing"
	"time"
)

var began = time.Now()

// cpuTime returns the time since the start: other systems do not tell more.
func cpuTime(testing.TB) time.Duration { return time.Since(began) }
