// Package observ measures an exporter: by OpenTelemetry's conventions for
// exporters, by the names that Apptuit's older reporters used for themselves,
// and by names under apptuit.exporter for what has no convention.
package observ
