// Package browsertest holds the tests of the page that apptuit serve shows, in a
// real browser: Debian's chromium, found by its name on the PATH. They are a module
// of their own, so that the command needs nothing of what drives the browser.
//
// Where no chromium is installed they are skipped, except where the environment has
// CI: there they fail.
//
//	go test . -update           # makes docs/page.png again
//	go test . -shots DIR        # writes what the page looks like, in all its forms
//	go test . -run Load -long   # a minute of 5,000 series a second, with figures
package browsertest
