// Package interop compares this exporter with OpenTelemetry's Prometheus
// exporter on the same instruments. It is a module of its own, so that the
// Prometheus client is nobody's dependency.
package interop
