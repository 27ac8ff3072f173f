// Package heaptest tells tests how much memory a call holds at its height.
package heaptest
