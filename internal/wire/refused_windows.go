package wire

import (
	"errors"
	"syscall"
)

// errRefused is WSAECONNREFUSED: syscall.ECONNREFUSED is a number of Go's own
// there.
const errRefused = syscall.Errno(10061)

// isRefused tells whether nobody listens where a connection was tried.
func isRefused(err error) bool {
	return errors.Is(err, errRefused) || errors.Is(err, syscall.ECONNREFUSED)
}
