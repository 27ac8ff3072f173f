//go:build !plan9 && !windows

package wire

import (
	"errors"
	"syscall"
)

// isRefused tells whether nobody listens where a connection was tried.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
