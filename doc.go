// Package apptuit exports OpenTelemetry metrics to Apptuit, or to any store that
// takes OpenTSDB's put: VictoriaMetrics, InfluxDB, OpenTSDB.
//
// An [Exporter] is registered with a [Reader], or with OpenTelemetry's PeriodicReader;
// [NewMeterProvider] does all of it in one call:
//
//	exporter, err := apptuit.New() // the token comes from APPTUIT_API_TOKEN
//	if err != nil {
//		log.Fatal(err)
//	}
//	provider := metric.NewMeterProvider(metric.WithReader(apptuit.NewReader(exporter)))
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
// more specific winning a key. Beyond 25 tags ([WithMaxTags], [WithStore]) the least specific
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
// # The reader
//
// A [Reader] exports what a collection gave even where a callback failed, and says so
// once; the processes of a fleet export at moments of their own. Measurements beyond
// the limit of attribute sets (2,000 for each instrument) are one series with the tag
// otel_metric_overflow, which the error handler hears once.
//
// # Environment
//
// Code beats environment beats what a store brings with it ([WithStore]), which beats
// the default. A value that does not parse is an error of [New] that names the
// variable. A variable that begins with APPTUIT_ and is none of these is told to the
// error handler once, with the nearest that is. True is one of y yes t true on 1,
// false one of n no f false off 0.
//
//	APPTUIT_STORE
//		the store: apptuit, victoriametrics, influxdb or opentsdb. Default: apptuit
//	APPTUIT_API_ENDPOINT
//		base URL of the store; /api/put is added to its path, and a query is sent with puts alone. Default: https://api.apptuit.ai, or http://localhost:4242 for another store
//	APPTUIT_QUERY_ENDPOINT
//		base URL for reading. Default: that of puts; for victoriametrics port 8428 of its host
//	APPTUIT_API_TOKEN
//		the token. Default: none: Apptuit wants one
//	APPTUIT_API_TOKEN_FILE
//		a file that holds the token; it is read again for each request. Default: none
//	APPTUIT_API_USER
//		the user of an account that has one. Default: none
//	APPTUIT_HEADERS
//		headers of each request, key=value,key2=value2, with %2C for a comma in a value. Default: none
//	APPTUIT_CERTIFICATE
//		a file of PEM with the certificates to trust; it is read again when it changes. Default: those of the system
//	APPTUIT_CLIENT_CERTIFICATE
//		a file of PEM with the certificate to show; it is read again when it changes. Default: none
//	APPTUIT_CLIENT_KEY
//		a file of PEM with the key of that certificate. Default: none
//	APPTUIT_INSECURE
//		true allows a token over plain http to another host. Default: false
//	APPTUIT_TIMEOUT
//		of one attempt, in milliseconds. Default: 30000; 180000 for reading
//	APPTUIT_COMPRESSION
//		gzip, deflate or none. Default: gzip
//	APPTUIT_MAX_BATCH
//		the most points of one request. Default: as the library has it
//	APPTUIT_MAX_BATCH_BYTES
//		the most bytes of JSON of one request. Default: as the library has it
//	APPTUIT_MILLISECONDS
//		true sends times in milliseconds instead of whole seconds. Default: false
//	APPTUIT_TAGS
//		tags of every point, k1: v1, k2: v2; an item is cut at its first colon. Default: none
//	APPTUIT_DISABLE_HOST_TAG
//		true leaves out the tag host. Default: false
//	APPTUIT_SCOPE_TAGS
//		false leaves out the tags otel_scope_*. Default: true
//	APPTUIT_RESOURCE_ATTRIBUTES
//		the resource attributes that become tags, by name, with * at the end for any ending, or none. Default: all
//	APPTUIT_MAX_TAGS
//		the most tags of a point. Default: 25; victoriametrics 29, opentsdb 8
//	APPTUIT_PREFIX
//		is written in front of every name. Default: none
//	APPTUIT_SANITIZE_MODE
//		how names are made valid: prometheus, apptuit or none. Default: prometheus
//	APPTUIT_UNIT_SUFFIXES
//		true adds unit and _total to names. Default: false
//	APPTUIT_HISTOGRAMS
//		how histograms are sent: buckets, summary or both with a comma between. Default: buckets
//	APPTUIT_QUANTILES
//		the quantiles of a summary, such as 0.5,0.99; it turns summary on. Default: 0.5,0.75,0.95,0.98,0.99,0.999
//	APPTUIT_RATES
//		the counters whose rates are sent too, by name, with * for any text. Default: none
//	APPTUIT_REPORTER_NAMES
//		true gives points the names that apptuit-py's reporter gave them. Default: false
//	APPTUIT_TEMPORALITY_PREFERENCE
//		cumulative, delta or lowmemory, as OpenTelemetry has them. Default: cumulative
//	APPTUIT_DEFAULT_HISTOGRAM_AGGREGATION
//		explicit_bucket_histogram or base2_exponential_bucket_histogram. Default: explicit_bucket_histogram
//	APPTUIT_CARDINALITY_LIMIT
//		the most attribute sets of an instrument. Default: 2000
//	APPTUIT_QUEUE_SIZE
//		the most bytes of compressed batches that wait in memory. Default: 16777216
//	APPTUIT_SPOOL_DIR
//		a directory in which what waits outlives the process. Default: none: it waits in memory
//	APPTUIT_SPOOL_SIZE
//		the most bytes of that directory, 4194304 at least. Default: 268435456
//	APPTUIT_SELF_METRICS
//		the exporter's own metrics: default, all or none. Default: default
//	APPTUIT_RUNTIME_METRICS
//		true measures the Go runtime. Default: false
//	APPTUIT_PROCESS_METRICS
//		true measures the process. Default: false
//
// APPTUIT_PY_TOKEN and APPTUIT_PY_TAGS are read where the new names are not set,
// with a warning. Interval and time-out of the reader are OpenTelemetry's own
// OTEL_METRIC_EXPORT_INTERVAL and OTEL_METRIC_EXPORT_TIMEOUT. Proxies and
// certificates of the system are net/http's: HTTPS_PROXY, HTTP_PROXY, NO_PROXY,
// SSL_CERT_FILE and SSL_CERT_DIR.
package apptuit

import "github.com/apptuitai/apptuit-go/transport"

// Version is the version of this module, as the User-Agent header carries it.
const Version = transport.Version
