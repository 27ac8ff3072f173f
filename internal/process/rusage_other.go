//go:build !unix && !windows

package process

// usage has nothing to read here.
func usage(*reading) {}
