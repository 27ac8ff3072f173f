// Package heaptest tells tests how much memory a call holds at its height, and how much
// time the processors spend.
package heaptest
