// Package docs holds the tests of what is written beside the code: the Go blocks
// of the README and of docs compile, and their shell blocks run as pasted.
package docs
