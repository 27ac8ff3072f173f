// Package autoexport makes OTEL_METRICS_EXPORTER=apptuit work in programs that
// choose their exporter by the environment, with
// go.opentelemetry.io/contrib/exporters/autoexport. It is imported for that
// alone:
//
//	import _ "github.com/apptuitai/apptuit-go/autoexport"
//
// All else comes from the environment: the variables of package apptuit, and
// OTEL_METRIC_EXPORT_INTERVAL and OTEL_METRIC_EXPORT_TIMEOUT.
package autoexport
