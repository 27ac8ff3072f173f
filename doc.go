// Package apptuit exports OpenTelemetry metrics to Apptuit, or to any store that
// takes OpenTSDB's put: VictoriaMetrics, InfluxDB, OpenTSDB.
//
// An [Exporter] is registered with a PeriodicReader:
//
//	exporter, err := apptuit.New() // the token comes from APPTUIT_API_TOKEN
//	if err != nil {
//		log.Fatal(err)
//	}
//	provider := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(exporter)))
//	otel.SetMeterProvider(provider)
//	defer func() {
//		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
//		defer cancel()
//		if err := provider.Shutdown(ctx); err != nil { // sends what is left
//			log.Print(err)
//		}
//	}()
//
// # From instruments to points
//
// Counters and gauges are one point each; integers are sent exact. A histogram
// is sent as the points name_bucket (cumulative counts, with the tag le, the
// last of them +Inf), name_sum, name_count and, where the instrument has them,
// name_min and name_max. An exponential histogram is sent the same way over its
// own bounds, in at most 160 buckets. A summary of a bridge is name_count,
// name_sum and name with the tag quantile. Delta values are sent as they are, but
// [HistogramSummary] adds histograms up. [WithRates] and [WithReporterNames] add
// rates, and give points the names that apptuit-py's reporter had.
// Exemplars have no place in the protocol and are left out.
//
// Attributes become tags. WithTags, APPTUIT_TAGS, the scope (otel_scope_*), the
// resource and the machine's host name add further tags to every point, the
// more specific winning a key. Beyond 25 tags ([WithMaxTags]) the least specific
// are left out, never a point's own. Names and keys are made valid by the
// [encoding.SanitizeMode]: http.server.duration is http_server_duration by
// default.
//
// # What cannot be sent
//
// A point that cannot be written (NaN, an infinity, no tag, too many own tags,
// an empty name) costs itself alone. It is counted by [encoding.Reason] in
// [Exporter.Stats], and reported once for each series, by Export's error.
//
// # The queue
//
// Export keeps what it was given until the store has it. It waits for the first
// attempt alone, and not at all where older points wait: in an outage it returns
// nil at once, so that collection goes on, and the points are sent later, oldest
// first, with their own times. The queue is bounded in bytes ([WithQueueSize]);
// when it is full the oldest batch is dropped, and counted. With [WithSpool] the
// queue outlives the process. [Exporter.Stats] and the error handler
// ([WithErrorHandler]) tell how the store is doing; [Exporter.Shutdown] sends what
// is left and says what it could not.
//
// # Environment
//
// Code beats environment beats default. A value that does not parse is an error
// of [New] that names the variable.
//
//	APPTUIT_API_TOKEN         the token
//	APPTUIT_API_ENDPOINT      base URL of the store; https://api.apptuit.ai
//	APPTUIT_TAGS              tags of every point: "k1: v1, k2: v2"
//	APPTUIT_DISABLE_HOST_TAG  true leaves out the tag host
//	APPTUIT_SANITIZE_MODE     prometheus (default), apptuit or none
//	APPTUIT_COMPRESSION       gzip (default), deflate or none
//	APPTUIT_TIMEOUT           of one attempt, in milliseconds; 30000
//	APPTUIT_SPOOL_DIR         keeps what waits in files, for the next process
//	APPTUIT_INSECURE          true allows a token over plain http to another host
//
// APPTUIT_PY_TOKEN and APPTUIT_PY_TAGS are read where the new names are not set,
// with a warning. Interval and time-out of the reader are OpenTelemetry's own
// OTEL_METRIC_EXPORT_INTERVAL and OTEL_METRIC_EXPORT_TIMEOUT.
package apptuit

import "github.com/apptuitai/apptuit-go/transport"

// Version is the version of this module, as the User-Agent header carries it.
const Version = transport.Version
