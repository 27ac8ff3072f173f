// Package heaptest measures in tests how much memory something takes.
package heaptest
