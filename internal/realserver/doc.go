// Package realserver starts the real servers that speak OpenTSDB's put, for
// tests and internal/bench: VictoriaMetrics, vmauth and vmagent in front of it, and InfluxDB.
//
// Each Start function picks free loopback ports, keeps the data in the test's
// temporary directory, returns when the server is ready, and registers a
// cleanup that ends it. What a server stored is read back as Samples, always in
// the same order. The embedded Process stops, continues, kills and restarts the
// server, so that a test can make the faults of a real network.
//
// A test whose server is not installed is skipped, except where the environment
// has CI: there it fails.
package realserver
