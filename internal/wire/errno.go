//go:build !plan9

package wire

import (
	"errors"
	"syscall"
)

// numberOf returns the number of an error of the system; nil where it is none.
func numberOf(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return nil
}

// asNumber is As for the numbers of the system.
func asNumber(err error, target any) bool {
	number, ok := target.(*syscall.Errno)
	return ok && errors.As(err, number)
}
