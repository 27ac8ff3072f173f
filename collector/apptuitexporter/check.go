package apptuitexporter

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/transform"
	"github.com/apptuitai/apptuit-go/internal/wire"
	"go.opentelemetry.io/collector/config/configcompression"
	"go.opentelemetry.io/otel/attribute"
)

const (
	defaultStore = "apptuit"

	histogramBuckets = "buckets"
	histogramSummary = "summary"
	noAttributes     = "none"

	// sanitizeMode is that of the SDK exporter's default, and of each of these stores.
	sanitizeMode = encoding.SanitizePrometheus
)

// quantiles are those of the SDK exporter.
var quantiles = []float64{0.5, 0.75, 0.95, 0.98, 0.99, 0.999}

// Validate says all that is wrong.
func (c *Config) Validate() error {
	_, tagsErr := c.tags()
	problems := []error{
		c.checkCredential(), c.checkPlain(), c.checkCompression(), tagsErr,
		c.checkTags(), c.checkAttributes(), c.checkHistograms(),
	}
	if c.ClientConfig.Timeout <= 0 {
		problems = append(problems, fmt.Errorf("timeout: %s is not above zero: it is how long one attempt may take", c.ClientConfig.Timeout))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	_, err := c.client(http.DefaultClient, "")
	return err
}

// proves tells whether something else than the token says who sends.
func (c *Config) proves() bool {
	return c.ClientConfig.Auth.HasValue() || slices.ContainsFunc(slices.Collect(maps.Keys(c.headers())), isAuthorization)
}

func isAuthorization(name string) bool { return http.CanonicalHeaderKey(name) == "Authorization" }

func (c *Config) checkCredential() error {
	switch {
	case c.Token != "" && c.proves():
		return errors.New("token: auth, or a header Authorization, is given too: leave one of them out")
	case c.User != "" && c.Token == "":
		return errors.New("user: there is no token of that user: set token")
	case c.Token == "" && !c.proves() && c.preset().Token:
		return errors.New("token: there is none: set token, auth, or the store where it needs none")
	}
	return nil
}

// checkPlain refuses to show secrets to a network.
func (c *Config) checkPlain() error {
	u, err := url.Parse(c.endpoint())
	if err != nil || u.Scheme != "http" || c.ClientConfig.TLS.Insecure || onThisMachine(u.Hostname()) {
		return nil
	}
	if c.Token != "" || c.ClientConfig.Auth.HasValue() || len(c.ClientConfig.Headers) > 0 {
		return errors.New("endpoint: plain http would show token, auth or headers to the network: use https, or tls::insecure where that is meant")
	}
	return nil
}

func onThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// compressions are those of stores. The Collector's deflate is zlib too.
var compressions = map[configcompression.Type]encoding.Compression{
	"":                            encoding.CompressNone,
	"none":                        encoding.CompressNone,
	configcompression.TypeGzip:    encoding.CompressGzip,
	configcompression.TypeZlib:    encoding.CompressDeflate,
	configcompression.TypeDeflate: encoding.CompressDeflate,
}

func (c *Config) checkCompression() error {
	if _, known := compressions[c.ClientConfig.Compression]; !known {
		return errors.New("compression: stores do not read it: use gzip, zlib, deflate or none")
	}
	if c.ClientConfig.CompressionParams.Level != 0 {
		return errors.New("compression_params: the level is not to be chosen: leave it out")
	}
	return nil
}

func (c *Config) tags() ([]encoding.Tag, error) {
	var tags []encoding.Tag
	for key, value := range c.Tags {
		tags = append(tags, encoding.Tag{Key: key, Value: value})
	}
	clean, err := encoding.CleanTags(sanitizeMode, tags)
	if err != nil {
		return nil, fmt.Errorf("tags: %w", err)
	}
	return clean, nil
}

func (c *Config) checkTags() error {
	switch most := c.maxTags(); {
	case c.MaxTags < 0:
		return fmt.Errorf("max_tags: %d is less than 1, and a point needs a tag", c.MaxTags)
	case len(c.Tags) > most:
		return fmt.Errorf("tags: there are %d, and a point may have %d (max_tags)", len(c.Tags), most)
	}
	return nil
}

func (c *Config) maxTags() int {
	if c.MaxTags != 0 {
		return c.MaxTags
	}
	return c.preset().MaxTags
}

func (c *Config) checkAttributes() error {
	all := c.IncludeResourceAttributes
	if slices.Contains(all, noAttributes) && len(all) > 1 {
		return errors.New("include_resource_attributes: it holds none and something else")
	}
	for i, pattern := range all {
		if pattern == "" || strings.Contains(strings.TrimSuffix(pattern, "*"), "*") {
			return fmt.Errorf("include_resource_attributes: item %d is empty or has a * that is not at its end: use names, with * at the end for any ending, or none", i+1)
		}
	}
	return nil
}

// attributes returns which attributes of a resource become tags; nil is all.
func (c *Config) attributes() attribute.Filter {
	patterns := c.IncludeResourceAttributes
	if len(patterns) == 0 {
		return nil
	}
	return func(kv attribute.KeyValue) bool {
		return patterns[0] != noAttributes && slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, string(kv.Key)) })
	}
}

// matches tells whether a pattern is a key, or with * at its end the beginning of
// one.
func matches(pattern, key string) bool {
	start, open := strings.CutSuffix(pattern, "*")
	return key == pattern || open && strings.HasPrefix(key, start)
}

func (c *Config) checkHistograms() error {
	if len(c.Histograms) == 0 {
		return errors.New("histograms: it is empty: use buckets, summary, or both")
	}
	for i, way := range c.Histograms {
		if way != histogramBuckets && way != histogramSummary {
			return fmt.Errorf("histograms: item %d is not a way to send histograms: use buckets, summary, or both", i+1)
		}
	}
	return nil
}

// preset returns what is known of the store. A wrong name is told by client.
func (c *Config) preset() wire.Store {
	return (&wire.Settings{Store: wire.Given("store", c.Store)}).Preset()
}

func (c *Config) endpoint() string {
	if c.ClientConfig.Endpoint != "" {
		return c.ClientConfig.Endpoint
	}
	return c.preset().Endpoint
}

// ownedByHTTP are the headers that the wire does not take: confighttp sets them.
var ownedByHTTP = []string{"Host", "User-Agent"}

// headers returns those that the wire sends, so that it shows nothing of them.
func (c *Config) headers() map[string]string {
	all := map[string]string{}
	for name, value := range c.ClientConfig.Headers.Iter {
		if !slices.Contains(ownedByHTTP, http.CanonicalHeaderKey(name)) {
			all[name] = string(value)
		}
	}
	return all
}

// client returns the way to the store by an HTTP client. product is what User-Agent
// begins with.
func (c *Config) client(by *http.Client, product string) (*wire.Client, error) {
	s := &wire.Settings{
		Store:       wire.Given("store", c.Store),
		Endpoint:    wire.Given("endpoint", c.endpoint()),
		UserAgent:   wire.Given("the name of the Collector", product),
		Headers:     wire.Given("headers", c.headers()),
		Timeout:     wire.Given("timeout", c.ClientConfig.Timeout),
		HTTPClient:  wire.Given("the HTTP client", by),
		Compression: wire.Given("compression", compressions[c.ClientConfig.Compression]),
		Insecure:    wire.Given("tls::insecure", c.ClientConfig.TLS.Insecure),
		NoToken:     c.Token == "",
	}
	if c.Token != "" {
		s.SetToken("token", string(c.Token))
	}
	if c.User != "" {
		s.UserID = wire.Given("user", c.User)
	}
	client, err := s.Client()
	if err != nil {
		return nil, inOurWords(err)
	}
	return client, nil
}

// transform returns how points are made.
func (c *Config) transform() transform.Config {
	tags, _ := c.tags() // Validate says what is wrong
	store := c.preset()
	prefix := ""
	if c.Namespace != "" {
		prefix = c.Namespace + "_"
	}
	return transform.Config{
		Mode:           sanitizeMode,
		Prefix:         prefix,
		UnitSuffixes:   c.AddMetricSuffixes,
		MaxTags:        c.maxTags(),
		CodeTags:       tags,
		ResourceFilter: c.attributes(),
		ScopeTags:      true,
		Buckets:        slices.Contains(c.Histograms, histogramBuckets),
		Summary:        slices.Contains(c.Histograms, histogramSummary),
		Quantiles:      quantiles,
		Repeats:        true,
		Moment:         time.Second,
		TagKey:         store.TagKey,
		TagValue:       store.TagValue,
	}
}
