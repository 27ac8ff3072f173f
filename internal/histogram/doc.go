// Package histogram is the arithmetic of histograms: it estimates quantiles from
// buckets, and writes exponential buckets as explicit ones. It knows neither
// OpenTelemetry nor the wire.
//
// Read buckets.go, then bounds.go, quantile.go, deviation.go, exponential.go and
// sum.go.
package histogram
