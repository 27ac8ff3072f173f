package env

// The variables of the connection.
const (
	Token             = "APPTUIT_API_TOKEN"
	OldToken          = "APPTUIT_PY_TOKEN" // deprecated
	TokenFile         = "APPTUIT_API_TOKEN_FILE"
	User              = "APPTUIT_API_USER"
	Endpoint          = "APPTUIT_API_ENDPOINT"
	QueryEndpoint     = "APPTUIT_QUERY_ENDPOINT"
	Store             = "APPTUIT_STORE"
	Headers           = "APPTUIT_HEADERS"
	Certificate       = "APPTUIT_CERTIFICATE"
	ClientCertificate = "APPTUIT_CLIENT_CERTIFICATE"
	ClientKey         = "APPTUIT_CLIENT_KEY"
	Insecure          = "APPTUIT_INSECURE"
	Timeout           = "APPTUIT_TIMEOUT"
	Compression       = "APPTUIT_COMPRESSION"
	MaxBatch          = "APPTUIT_MAX_BATCH"
	MaxBatchBytes     = "APPTUIT_MAX_BATCH_BYTES"
	MillisecondTimes  = "APPTUIT_MILLISECONDS"
)

// The variables of the exporter.
const (
	Tags                        = "APPTUIT_TAGS"
	OldTags                     = "APPTUIT_PY_TAGS" // deprecated
	DisableHostTag              = "APPTUIT_DISABLE_HOST_TAG"
	Prefix                      = "APPTUIT_PREFIX"
	SanitizeMode                = "APPTUIT_SANITIZE_MODE"
	MaxTags                     = "APPTUIT_MAX_TAGS"
	UnitSuffixes                = "APPTUIT_UNIT_SUFFIXES"
	ScopeTags                   = "APPTUIT_SCOPE_TAGS"
	ResourceAttributes          = "APPTUIT_RESOURCE_ATTRIBUTES"
	Histograms                  = "APPTUIT_HISTOGRAMS"
	Quantiles                   = "APPTUIT_QUANTILES"
	Rates                       = "APPTUIT_RATES"
	ReporterNames               = "APPTUIT_REPORTER_NAMES"
	TemporalityPreference       = "APPTUIT_TEMPORALITY_PREFERENCE"
	DefaultHistogramAggregation = "APPTUIT_DEFAULT_HISTOGRAM_AGGREGATION"
	CardinalityLimit            = "APPTUIT_CARDINALITY_LIMIT"
	QueueSize                   = "APPTUIT_QUEUE_SIZE"
	SpoolDir                    = "APPTUIT_SPOOL_DIR"
	SpoolSize                   = "APPTUIT_SPOOL_SIZE"
	SelfMetrics                 = "APPTUIT_SELF_METRICS"
	RuntimeMetrics              = "APPTUIT_RUNTIME_METRICS"
	ProcessMetrics              = "APPTUIT_PROCESS_METRICS"
)

// A Variable is a row of the table of variables.
type Variable struct {
	Name string
	Sets string // what it sets, and how it is written
	Else string // what holds where it is not set
}

// Variables are all that are read but the deprecated ones, in the order in which
// the documentation has them.
var Variables = []Variable{
	{Store, "the store: apptuit, victoriametrics, influxdb or opentsdb", "apptuit"},
	{Endpoint, "base URL of the store; /api/put is added to its path, and a query is sent with puts alone", "https://api.apptuit.ai, or http://localhost:4242 for another store"},
	{QueryEndpoint, "base URL for reading", "that of puts; for victoriametrics port 8428 of its host"},
	{Token, "the token", "none: Apptuit wants one"},
	{TokenFile, "a file that holds the token; it is read again for each request", "none"},
	{User, "the user of an account that has one", "none"},
	{Headers, "headers of each request, key=value,key2=value2, with %2C for a comma in a value", "none"},
	{Certificate, "a file of PEM with the certificates to trust; it is read again when it changes", "those of the system"},
	{ClientCertificate, "a file of PEM with the certificate to show; it is read again when it changes", "none"},
	{ClientKey, "a file of PEM with the key of that certificate", "none"},
	{Insecure, "true allows a token over plain http to another host", "false"},
	{Timeout, "of one attempt, in milliseconds", "30000; 180000 for reading"},
	{Compression, "gzip, deflate or none", "gzip"},
	{MaxBatch, "the most points of one request", "as the library has it"},
	{MaxBatchBytes, "the most bytes of JSON of one request", "as the library has it"},
	{MillisecondTimes, "true sends times in milliseconds instead of whole seconds", "false"},
	{Tags, "tags of every point, k1: v1, k2: v2; an item is cut at its first colon", "none"},
	{DisableHostTag, "true leaves out the tag host", "false"},
	{ScopeTags, "false leaves out the tags otel_scope_*", "true"},
	{ResourceAttributes, "the resource attributes that become tags, by name, with * at the end for any ending, or none", "all"},
	{MaxTags, "the most tags of a point", "25; victoriametrics 29, opentsdb 8"},
	{Prefix, "is written in front of every name", "none"},
	{SanitizeMode, "how names are made valid: prometheus, apptuit or none", "prometheus"},
	{UnitSuffixes, "true adds unit and _total to names", "false"},
	{Histograms, "how histograms are sent: buckets, summary or both with a comma between", "buckets"},
	{Quantiles, "the quantiles of a summary, such as 0.5,0.99; it turns summary on", "0.5,0.75,0.95,0.98,0.99,0.999"},
	{Rates, "the counters whose rates are sent too, by name, with * for any text", "none"},
	{ReporterNames, "true gives points the names that apptuit-py's reporter gave them", "false"},
	{TemporalityPreference, "cumulative, delta or lowmemory, as OpenTelemetry has them", "cumulative"},
	{DefaultHistogramAggregation, "explicit_bucket_histogram or base2_exponential_bucket_histogram", "explicit_bucket_histogram"},
	{CardinalityLimit, "the most attribute sets of an instrument", "2000"},
	{QueueSize, "the most bytes of compressed batches that wait in memory", "16777216"},
	{SpoolDir, "a directory in which what waits outlives the process", "none: it waits in memory"},
	{SpoolSize, "the most bytes of that directory, 4194304 at least", "268435456"},
	{SelfMetrics, "the exporter's own metrics: default, all or none", "default"},
	{RuntimeMetrics, "true measures the Go runtime", "false"},
	{ProcessMetrics, "true measures the process", "false"},
}

// deprecated are read where the new names are not set.
var deprecated = []string{OldToken, OldTags}
