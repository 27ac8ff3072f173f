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

// An Option changes one setting of [New]. Code beats environment beats default;
// what is wrong is told by New, with the name of the option or variable.
type Option func(*config)

type config struct {
	transport []transport.Option
	lookup    environ.Lookup
	hostname  func() (string, error)

	tags           map[string]string
	ignoreEnvTags  bool
	noHostTag      bool
	noScopeTags    bool
	prefix         string
	mode           encoding.SanitizeMode
	modeSet        bool
	maxTags        int
	resourceFilter attribute.Filter
	unitSuffixes   bool
	histograms     HistogramMode
	quantiles      []float64
	rates          bool

	temporality sdkmetric.TemporalitySelector
	aggregation sdkmetric.AggregationSelector
	handle      func(error)
	queueSize   int64
	spool       spoolConfig

	meterProvider metric.MeterProvider // of the exporter's own metrics; nil for none
	provider      providerConfig

	// What New makes of the above: the sources of global tags, checked.
	codeTags, envTags, hostTags []encoding.Tag

	errs []error
}

func newConfig(opts []Option) (*config, error) {
	c := &config{
		lookup:      os.LookupEnv,
		hostname:    os.Hostname,
		maxTags:     DefaultMaxTags,
		temporality: sdkmetric.DefaultTemporalitySelector,
		aggregation: sdkmetric.DefaultAggregationSelector,
		handle:      otel.Handle,
		queueSize:   DefaultQueueSize,
		histograms:  HistogramBuckets,
		quantiles:   defaultQuantiles,
	}
	for _, opt := range opts {
		opt(c)
	}
	c.readEnv()
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
	if err := checkName(c.prefix); err != nil {
		c.fail("WithPrefix: %w", err)
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

// WithEndpoint sets the base URL of the store; "/api/put" is added to its path.
// The default is Apptuit's, or APPTUIT_API_ENDPOINT.
func WithEndpoint(url string) Option { return fromTransport(transport.WithEndpoint(url)) }

// WithToken sets the API token, of four letters and digits at least. The default is
// APPTUIT_API_TOKEN.
func WithToken(token string) Option { return fromTransport(transport.WithToken(token)) }

// WithTokenSource asks source for the token of each request, for tokens that
// change. source must be safe for concurrent use and should cache.
func WithTokenSource(source func(context.Context) (string, error)) Option {
	return fromTransport(transport.WithTokenSource(source))
}

// WithUserID sends the token by Basic authentication, as the password of user.
func WithUserID(user string) Option { return fromTransport(transport.WithUserID(user)) }

// WithoutToken sends no credential, for stores that want none.
func WithoutToken() Option { return fromTransport(transport.WithoutToken()) }

// WithInsecure allows a credential over plain http to another host than this
// one. APPTUIT_INSECURE=true does the same.
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

// WithTLSConfig sets the TLS side of the connection: roots, client certificates.
func WithTLSConfig(tc *tls.Config) Option { return fromTransport(transport.WithTLSConfig(tc)) }

// WithHeaders adds headers to each request. Their values are kept as secret as
// the token.
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

// WithMaxBatch bounds the points of one request; 2,000 by default, which is what a
// store takes at the least cost. 50,000 cost the program a third less and a
// VictoriaMetrics several times as much.
func WithMaxBatch(points int) Option { return fromTransport(transport.WithMaxBatch(points)) }

// WithMaxBatchBytes bounds the JSON of one request before compression; 1 MiB
// by default, and in proportion where [WithMaxBatch] allows more than 2,000 points,
// up to 16 MiB. A stock OpenTSDB takes 8 KiB on the wire.
func WithMaxBatchBytes(bytes int) Option {
	return fromTransport(transport.WithMaxBatchBytes(bytes))
}

// WithMillisecondTimestamps sends times in milliseconds instead of whole
// seconds, for stores that keep them.
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
func WithoutHostTag() Option { return func(c *config) { c.noHostTag = true } }

// WithoutScopeTags leaves out the tags otel_scope_*. Instruments of the same
// name in two meters then become the same series.
func WithoutScopeTags() Option { return func(c *config) { c.noScopeTags = true } }

// WithResourceFilter keeps only the resource attributes that filter accepts;
// nil keeps all of them, as the default does. filter may be called from several
// goroutines.
func WithResourceFilter(filter attribute.Filter) Option {
	return func(c *config) { c.resourceFilter = filter }
}

// WithPrefix is written in front of every metric name, with nothing between:
// end it with the separator you want.
func WithPrefix(prefix string) Option { return func(c *config) { c.prefix = prefix } }

// WithSanitizeMode says how names are made valid. The default is
// [encoding.SanitizePrometheus], or APPTUIT_SANITIZE_MODE.
func WithSanitizeMode(mode encoding.SanitizeMode) Option {
	return func(c *config) {
		if !mode.Valid() {
			c.fail("WithSanitizeMode: %s is not a sanitise mode", mode)
			return
		}
		c.mode, c.modeSet = mode, true
	}
}

// WithMaxTags sets how many tags a point may have: 25 by default, as Apptuit
// takes. Beyond it the least specific tags are left out.
func WithMaxTags(n int) Option {
	return func(c *config) {
		if n < 1 {
			c.fail("WithMaxTags: %d is less than 1, and a point needs a tag", n)
			return
		}
		c.maxTags = n
	}
}

// WithUnitSuffixes adds unit and kind to names as the OTel-Prometheus rules do:
// http.server.duration in ms is http_server_duration_milliseconds, and a counter
// ends in _total.
func WithUnitSuffixes() Option { return func(c *config) { c.unitSuffixes = true } }

// WithHistograms says how histograms are sent; both modes may be given. The
// default is [HistogramBuckets].
func WithHistograms(modes ...HistogramMode) Option {
	return func(c *config) {
		c.histograms = 0
		for _, mode := range modes {
			c.histograms |= mode
		}
		if c.histograms == 0 || c.histograms > HistogramBuckets|HistogramSummary {
			c.fail("WithHistograms: %v is not HistogramBuckets, HistogramSummary or both", modes)
		}
	}
}

// WithQuantiles sets the quantiles of [HistogramSummary], each from 0 to 1, and
// turns that mode on if WithHistograms did not. The default is 0.5, 0.75, 0.95,
// 0.98, 0.99 and 0.999.
func WithQuantiles(quantiles ...float64) Option {
	quantiles = slices.Compact(slices.Sorted(slices.Values(quantiles)))
	return func(c *config) {
		outside := slices.ContainsFunc(quantiles, func(q float64) bool { return !(q >= 0 && q <= 1) })
		if len(quantiles) == 0 || outside {
			c.fail("WithQuantiles: %v: give at least one, from 0 to 1", quantiles)
			return
		}
		c.quantiles = quantiles
		c.histograms |= HistogramSummary
	}
}

// WithRates adds to each counter, and to the count of each histogram, how fast it
// grows: name.rate per second with the tag window, which is 1m, 5m or 15m for
// exponentially weighted averages, and mean for the time since the counter began.
// A counter that is reset begins anew.
func WithRates() Option { return func(c *config) { c.rates = true } }

// WithTemporalitySelector chooses cumulative or delta for each kind of
// instrument. The default is cumulative for all.
func WithTemporalitySelector(selector sdkmetric.TemporalitySelector) Option {
	return func(c *config) {
		if selector == nil {
			c.fail("WithTemporalitySelector: the selector is nil")
			return
		}
		c.temporality = selector
	}
}

// WithAggregationSelector chooses the aggregation for each kind of instrument.
// The default is the SDK's.
func WithAggregationSelector(selector sdkmetric.AggregationSelector) Option {
	return func(c *config) {
		if selector == nil {
			c.fail("WithAggregationSelector: the selector is nil")
			return
		}
		c.aggregation = selector
	}
}

// WithQueueSize bounds the compressed batches that wait to be sent, in bytes; 16
// MiB by default. When it is full the oldest batch is dropped, and counted. A
// single batch larger than the bound is still kept, alone.
func WithQueueSize(bytes int64) Option {
	return func(c *config) {
		if bytes < 1 {
			c.fail("WithQueueSize: %d is less than 1 byte", bytes)
			return
		}
		c.queueSize = bytes
	}
}

// WithErrorHandler hears what no call returns: a store that takes no points,
// once when that begins and once when it ends ([*TroubleError]); points dropped
// after their export returned ([*transport.SendError]); tags left out, series
// that became one, deprecated variables. The default is [otel.Handle]. handle
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
// otel.sdk.exporter.*, apptuit.reporter.send.* and apptuit.exporter.*. There is
// no such measurement by default. [otel.GetMeterProvider] may be given before
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
