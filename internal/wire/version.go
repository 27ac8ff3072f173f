package wire

import "runtime"

// Version is the version of the module.
const Version = "0.1.0"

// userAgent returns the User-Agent of the requests, with product, if any, in
// front.
func userAgent(product string) string {
	own := "apptuit-go/" + Version + " (" + runtime.Version() + "; " + runtime.GOOS + "/" + runtime.GOARCH + ")"
	if product == "" {
		return own
	}
	return product + " " + own
}
