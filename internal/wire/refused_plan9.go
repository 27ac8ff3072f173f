package wire

import "strings"

// isRefused tells whether nobody listens where a connection was tried. Errors of
// this system are texts.
func isRefused(err error) bool { return strings.Contains(err.Error(), "connection refused") }
