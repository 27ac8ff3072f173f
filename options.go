package apptuit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	environ "github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/wire"
	"github.com/apptuitai/apptuit-go/transport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// DefaultMaxTags is how many tags Apptuit takes on one point.
const DefaultMaxTags = 25

// DefaultQueueSize is how many bytes of compressed batches wait in memory.
const DefaultQueueSize = 16 << 20

// An Option changes one setting of [New]. Code beats environment beats what a store
// brings with it ([WithStore]), which beats the default; what is wrong is told by New,
// with the name of the option or variable.
type Option func(*config)

type config struct {
	transport []transport.Option
	lookup    environ.Lookup
	environ   func() []string // lists all variables
	hostname  func() (string, error)
	inCode    map[string]bool // the variables whose options are given
	settings  *wire.Settings  // what the options and the environment say of the connection
	store     wire.Store

	tags           map[string]string
	ignoreEnvTags  bool
	noHostTag      bool
	noScopeTags    bool
	prefix         string
	mode           encoding.SanitizeMode
	maxTags        int
	resourceFilter attribute.Filter
	unitSuffixes   bool

	// Of what follows the zero value means that nobody chose; see settleHistograms.
	histograms    HistogramMode
	quantiles     []float64
	rates         []string // patterns of names
	reporterNames bool
	temporality   sdkmetric.TemporalitySelector
	aggregation   sdkmetric.AggregationSelector

	handle    func(error)
	queueSize int64
	spool     spoolConfig

	meterProvider metric.MeterProvider // of the exporter's own metrics; nil for none
	selfMetrics   SelfMetrics          // of those, which; 0 for what nobody chose: the default
	cardinality   *int                 // attribute sets of an instrument; nil for the SDK's limit
	provider      providerConfig

	// What New makes of the above: the sources of global tags, checked.
	codeTags, envTags, hostTags []encoding.Tag

	errs []error
}

func newConfig(opts []Option) (*config, error) {
	c := &config{
		lookup:    os.LookupEnv,
		environ:   os.Environ,
		inCode:    map[string]bool{},
		hostname:  os.Hostname,
		handle:    otel.Handle,
		queueSize: DefaultQueueSize,
	}
	for _, opt := range opts {
		opt(c)
	}
	c.useStore()
	c.readEnv()
	c.settleHistograms()
	c.setTags()
	c.checkPrefix()
	return c, errors.Join(c.errs...)
}

func (c *config) fail(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("apptuit: "+format, args...))
}

// setTags checks the tags of code, in the order of their keys so that the same
// mistake gives the same error.
func (c *config) setTags() {
	for i, key := range slices.Sorted(maps.Keys(c.tags)) {
		tag := encoding.Tag{Key: key, Value: c.tags[key]}
		if err := checkTag(tag); err != nil {
			c.fail("WithTags: tag %d of %d, in the order of their keys: %w", i+1, len(c.tags), err)
			continue
		}
		c.codeTags = append(c.codeTags, tag)
	}
	c.codeTags = c.cleanTags("WithTags", c.codeTags)
	if c.noHostTag {
		return
	}
	if host, err := c.hostname(); err == nil && host != "" {
		c.hostTags = []encoding.Tag{{Key: "host", Value: host}}
	}
}

func (c *config) cleanTags(source string, tags []encoding.Tag) []encoding.Tag {
	clean, err := encoding.CleanTags(c.mode, tags)
	if err != nil {
		c.fail("%s: %w", source, err)
	}
	return clean
}

// checkPrefix refuses what would make every name invalid.
func (c *config) checkPrefix() {
	if c.prefix == "" || c.mode != encoding.SanitizeNone {
		return
	}
	from := environ.Prefix
	if c.inCode[from] {
		from = "WithPrefix"
	}
	if err := checkName(c.prefix); err != nil {
		c.fail("%s: %w", from, err)
	}
}

// checkName checks a name that is to stand unchanged; the error does not repeat it.
func checkName(name string) error {
	if _, err := encoding.SanitizeNone.Name(name); err == nil {
		return nil
	}
	return fmt.Errorf("%w: a name is of letters, digits, and .-_/", encoding.ErrName)
}

func checkTag(t encoding.Tag) error {
	if err := checkName(t.Key); err != nil {
		return fmt.Errorf("the key: %w", err)
	}
	if t.Value == "" {
		return errors.New("it has no value")
	}
	return nil
}

func fromTransport(opt transport.Option) Option {
	return func(c *config) { c.transport = append(c.transport, opt) }
}

// option returns one that says in code what a variable may say.
func option(variable string, set func(*config)) Option {
	return func(c *config) {
		c.inCode[variable] = true
		set(c)
	}
}

// WithEndpoint sets the base URL of the store; "/api/put" is added to its path. A
// query behind it is sent with puts. The default is Apptuit's, or
// APPTUIT_API_ENDPOINT.
func WithEndpoint(url string) Option { return fromTransport(transport.WithEndpoint(url)) }

// WithToken sets the API token, of four letters and digits at least. The default is
// APPTUIT_API_TOKEN, or what is in the file that APPTUIT_API_TOKEN_FILE names.
func WithToken(token string) Option { return fromTransport(transport.WithToken(token)) }

// WithTokenSource asks source for the token of each request, for tokens that
// change. source must be safe for concurrent use and should cache.
func WithTokenSource(source func(context.Context) (string, error)) Option {
	return fromTransport(transport.WithTokenSource(source))
}

// WithUserID sends the token by Basic authentication, as the password of user. The
// default is APPTUIT_API_USER.
func WithUserID(user string) Option { return fromTransport(transport.WithUserID(user)) }

// WithoutToken sends no credential, for stores that want none.
func WithoutToken() Option { return fromTransport(transport.WithoutToken()) }

// WithInsecure allows a credential over plain http to another host than this
// one. APPTUIT_INSECURE=true does the same. Where no credential is sent, nothing has to
// be allowed.
func WithInsecure() Option { return fromTransport(transport.WithInsecure()) }

// WithTimeout bounds one attempt to send, answer included. The default is 30
// seconds, or APPTUIT_TIMEOUT in milliseconds.
func WithTimeout(d time.Duration) Option { return fromTransport(transport.WithTimeout(d)) }

// WithHTTPClient sends through a copy of client, which never follows redirects. How
// its transport finds a connection that has died is its own matter: for HTTP/2 set
// HTTP2.SendPingTimeout and HTTP2.PingTimeout of an http.Transport.
func WithHTTPClient(client *http.Client) Option {
	return fromTransport(transport.WithHTTPClient(client))
}

// WithTLSConfig sets the TLS side of the connection: roots, client certificates. The
// default is what APPTUIT_CERTIFICATE, APPTUIT_CLIENT_CERTIFICATE and
// APPTUIT_CLIENT_KEY name, and the roots of the system.
func WithTLSConfig(tc *tls.Config) Option { return fromTransport(transport.WithTLSConfig(tc)) }

// WithHeaders adds headers to each request. Their values are kept as secret as
// the token. The default is APPTUIT_HEADERS.
func WithHeaders(headers map[string]string) Option {
	return fromTransport(transport.WithHeaders(headers))
}

// WithCompression sets how bodies are compressed: gzip by default, or
// APPTUIT_COMPRESSION.
func WithCompression(c encoding.Compression) Option {
	return fromTransport(transport.WithCompression(c))
}

// WithBestCompression makes bodies a fifth smaller, for some eight
// times the CPU time of compressing: for networks that are paid by the byte.
func WithBestCompression() Option { return fromTransport(transport.WithBestCompression()) }

// WithMaxBatch bounds the points of one request; 2,000 by default, or
// APPTUIT_MAX_BATCH. A store takes so many at the least cost: 50,000 cost a
// VictoriaMetrics several times as much.
func WithMaxBatch(points int) Option { return fromTransport(transport.WithMaxBatch(points)) }

// WithMaxBatchBytes bounds the JSON of one request before compression; 2 MiB by
// default, or APPTUIT_MAX_BATCH_BYTES, and in proportion where [WithMaxBatch] allows
// more than 2,000 points, up to 16 MiB. A stock OpenTSDB takes 8 KiB on the wire: where
// nothing is given here, [WithStore] keeps to that.
func WithMaxBatchBytes(bytes int) Option {
	return fromTransport(transport.WithMaxBatchBytes(bytes))
}

// WithMillisecondTimestamps sends times in milliseconds instead of whole
// seconds, for stores that keep them. APPTUIT_MILLISECONDS=true does the same.
func WithMillisecondTimestamps() Option {
	return fromTransport(transport.WithMillisecondTimestamps())
}

// WithTags adds tags to every point. They give way to a point's own attributes
// and win over APPTUIT_TAGS, scope, resource and host. Keys are checked by
// [encoding.SanitizeNone]; values must not be empty.
func WithTags(tags map[string]string) Option {
	tags = maps.Clone(tags)
	return func(c *config) {
		if c.tags == nil {
			c.tags = map[string]string{}
		}
		maps.Copy(c.tags, tags)
	}
}

// WithoutEnvTags ignores APPTUIT_TAGS.
func WithoutEnvTags() Option { return func(c *config) { c.ignoreEnvTags = true } }

// WithoutHostTag leaves out the default tag host, as
// APPTUIT_DISABLE_HOST_TAG=true does.
func WithoutHostTag() Option {
	return option(environ.DisableHostTag, func(c *config) { c.noHostTag = true })
}

// WithoutScopeTags leaves out the tags otel_scope_*. Instruments of the same
// name in two meters then become the same series. APPTUIT_SCOPE_TAGS=false does the
// same.
func WithoutScopeTags() Option {
	return option(environ.ScopeTags, func(c *config) { c.noScopeTags = true })
}

// WithResourceFilter keeps only the resource attributes that filter accepts;
// nil keeps all of them, as the default does where APPTUIT_RESOURCE_ATTRIBUTES names
// none. filter may be called from several goroutines.
func WithResourceFilter(filter attribute.Filter) Option {
	return option(environ.ResourceAttributes, func(c *config) { c.resourceFilter = filter })
}

// WithPrefix is written in front of every metric name, with nothing between:
// end it with the separator you want. The default is APPTUIT_PREFIX.
func WithPrefix(prefix string) Option {
	return option(environ.Prefix, func(c *config) { c.prefix = prefix })
}

// WithSanitizeMode says how names are made valid. The default is
// [encoding.SanitizePrometheus], or APPTUIT_SANITIZE_MODE.
func WithSanitizeMode(mode encoding.SanitizeMode) Option {
	return option(environ.SanitizeMode, func(c *config) {
		if !mode.Valid() {
			c.fail("WithSanitizeMode: %s is not a sanitise mode", mode)
			return
		}
		c.mode = mode
	})
}

// WithMaxTags sets how many tags a point may have: by default as many as the store
// takes ([WithStore]), or APPTUIT_MAX_TAGS. Beyond it the least specific tags are left out.
func WithMaxTags(n int) Option {
	return option(environ.MaxTags, func(c *config) {
		if n < 1 {
			c.fail("WithMaxTags: %d is less than 1, and a point needs a tag", n)
			return
		}
		c.maxTags = n
	})
}

// WithUnitSuffixes adds unit and kind to names as the OTel-Prometheus rules do:
// http.server.duration in ms is http_server_duration_milliseconds, and a counter
// ends in _total. APPTUIT_UNIT_SUFFIXES=true does the same.
func WithUnitSuffixes() Option {
	return option(environ.UnitSuffixes, func(c *config) { c.unitSuffixes = true })
}

// WithHistograms says how histograms are sent; both modes may be given. The
// default is [HistogramBuckets], or APPTUIT_HISTOGRAMS.
func WithHistograms(modes ...HistogramMode) Option {
	return option(environ.Histograms, func(c *config) {
		c.histograms = 0
		for _, mode := range modes {
			c.histograms |= mode
		}
		if c.histograms == 0 || c.histograms > HistogramBuckets|HistogramSummary {
			c.fail("WithHistograms: %v is not HistogramBuckets, HistogramSummary or both", modes)
		}
	})
}

// WithQuantiles sets the quantiles of [HistogramSummary], each from 0 to 1, and
// turns that mode on beside what WithHistograms says. The default is 0.5, 0.75,
// 0.95, 0.98, 0.99 and 0.999, or APPTUIT_QUANTILES.
func WithQuantiles(quantiles ...float64) Option {
	quantiles = slices.Compact(slices.Sorted(slices.Values(quantiles)))
	return option(environ.Quantiles, func(c *config) {
		outside := slices.ContainsFunc(quantiles, func(q float64) bool { return !(q >= 0 && q <= 1) })
		if len(quantiles) == 0 || outside {
			c.fail("WithQuantiles: %v: give at least one, from 0 to 1", quantiles)
			return
		}
		c.quantiles = quantiles
	})
}

// WithRates adds to counters, and to the counts of histograms, how fast they grow:
// name.rate per second with the tag window, which is 1m, 5m or 15m for
// exponentially weighted averages, and mean for all the time that is known. The
// patterns choose by name, of the instrument or as it is sent, and * in them is any
// text: "http.*", "*.requests". Without a pattern all are meant.
//
// A value that falls is that of a counter that began anew. Of the first value of a
// program nobody knows when it was counted, so that rates begin with the second
// collection, or once a second of growth is known; a series that comes later grows from
// the collection before.
// APPTUIT_RATES has patterns too.
func WithRates(patterns ...string) Option {
	patterns = slices.Clone(patterns)
	return option(environ.Rates, func(c *config) {
		if slices.Contains(patterns, "") {
			c.fail("WithRates: a pattern is empty")
			return
		}
		if len(patterns) == 0 {
			patterns = []string{"*"}
		}
		c.rates = append(c.rates, patterns...)
	})
}

// WithReporterNames names points as the reporter of apptuit-py did, so that its
// dashboards and alerts go on: name.count of a counter, name.value of a gauge,
// name.1m_rate, name.mean_rate, name.avg, name.75_percentile and the like, without
// the tags window and quantile. It brings [HistogramSummary] with the percentiles
// 50, 75, 95, 99 and 99.9, and WithHistograms and WithQuantiles may say otherwise.
// Histograms in a unit of time have the rates of a timer; those of counters, which
// make meters of them, are for WithRates to choose. There is no name for units:
// WithUnitSuffixes is not to be had with it. APPTUIT_REPORTER_NAMES=true does the same.
func WithReporterNames() Option {
	return option(environ.ReporterNames, func(c *config) { c.reporterNames = true })
}

// WithTemporalitySelector chooses cumulative or delta for each kind of
// instrument. Delta values are sent as they are. The default is cumulative for all,
// but for the histograms of [HistogramSummary], which are added up here, or what
// APPTUIT_TEMPORALITY_PREFERENCE says.
func WithTemporalitySelector(selector sdkmetric.TemporalitySelector) Option {
	return option(environ.TemporalityPreference, func(c *config) {
		if selector == nil {
			c.fail("WithTemporalitySelector: the selector is nil")
			return
		}
		c.temporality = selector
	})
}

// WithAggregationSelector chooses the aggregation for each kind of instrument.
// The default is the SDK's, but with [HistogramSummary] histograms are exponential:
// their buckets are narrow wherever the values are.
// APPTUIT_DEFAULT_HISTOGRAM_AGGREGATION says it for histograms.
func WithAggregationSelector(selector sdkmetric.AggregationSelector) Option {
	return option(environ.DefaultHistogramAggregation, func(c *config) {
		if selector == nil {
			c.fail("WithAggregationSelector: the selector is nil")
			return
		}
		c.aggregation = selector
	})
}

// WithQueueSize bounds the compressed batches that wait to be sent, in bytes; 16
// MiB by default, or APPTUIT_QUEUE_SIZE. When it is full the oldest batch is dropped, and counted. A
// single batch larger than the bound is still kept, alone.
func WithQueueSize(bytes int64) Option {
	return option(environ.QueueSize, func(c *config) {
		if bytes < 1 {
			c.fail("WithQueueSize: %d is less than 1 byte", bytes)
			return
		}
		c.queueSize = bytes
	})
}

// WithErrorHandler hears what no call returns: a store that takes no points,
// once when that begins and once when it ends ([*TroubleError]); points dropped
// after their export returned ([*transport.SendError]); tags left out, series
// that became one, deprecated and unknown variables. The default is [otel.Handle]. handle
// may be called from several goroutines.
func WithErrorHandler(handle func(error)) Option {
	return func(c *config) {
		if handle == nil {
			c.fail("WithErrorHandler: the handler is nil")
			return
		}
		c.handle = handle
	}
}

// WithMeterProvider measures the exporter itself, by instruments of provider:
// otel.sdk.exporter.* and apptuit.reporter.send.*, and more by [WithSelfMetrics]. There
// is no such measurement by default. [otel.GetMeterProvider] may be given before
// the provider of this exporter is set.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(c *config) {
		if provider == nil {
			c.fail("WithMeterProvider: the provider is nil")
			return
		}
		c.meterProvider = provider
	}
}

// WithXCollector hands points to a local XCollector agent by UDP instead of
// sending them to a store: "" is its usual address, 127.0.0.1:8953. UDP
// acknowledges nothing; see [transport.WithXCollector]. Endpoint, token and all else
// of HTTP are the agent's then.
func WithXCollector(addr string) Option { return fromTransport(transport.WithXCollector(addr)) }
