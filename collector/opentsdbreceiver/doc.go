// Package opentsdbreceiver is a receiver of the OpenTelemetry Collector for metrics: it
// takes what clients put by OpenTSDB's HTTP API, such as tcollector and apptuit-py, into
// any pipeline.
//
// Read it in this order: factory.go and config.go (what the Collector sees), receiver.go
// (from start to shutdown), put.go (one request), point.go (what a point is), metrics.go
// (from points to pdata), answer.go (what a client is told).
package opentsdbreceiver
