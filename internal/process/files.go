package process

import (
	"errors"
	"io"
	"os"
)

// listed returns how many descriptors a directory of descriptors lists, without
// the one that it is read by.
func listed(dir string) int64 {
	d, err := os.Open(dir)
	if err != nil {
		return absent
	}
	defer d.Close()
	n := -1
	for {
		names, err := d.Readdirnames(512)
		n += len(names)
		if errors.Is(err, io.EOF) {
			return int64(n)
		}
		if err != nil {
			return absent
		}
	}
}
