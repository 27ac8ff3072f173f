// Package collectortest has tests with a whole Collector: programs that send OTLP, its
// queue on disk, and a real store.
package collectortest
