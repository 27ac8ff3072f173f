// Package collect collects from a provider and from producers so that one callback that
// fails, panics or ends its goroutine costs as little as it can, and says what of it is
// news.
package collect
