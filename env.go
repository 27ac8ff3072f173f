package apptuit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	environ "github.com/apptuitai/apptuit-go/internal/env"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// A variable is one of the exporter's own, and what its value does. Those of the
// connection are read by the settings of the wire. What read returns is told by New
// with the name; it never holds the value, which may be a secret in the wrong place.
type variable struct {
	name string
	read func(c *config, value string) error
}

// variables are read in this order.
var variables = []variable{
	{environ.SanitizeMode, (*config).envSanitizeMode}, // tags are checked by it
	{environ.DisableHostTag, flag(func(c *config, on bool) { c.noHostTag = on })},
	{environ.ScopeTags, flag(func(c *config, on bool) { c.noScopeTags = !on })},
	{environ.ResourceAttributes, (*config).envResourceAttributes},
	{environ.MaxTags, number(func(c *config, n int) { c.maxTags = n })},
	{environ.Prefix, func(c *config, value string) error { c.prefix = value; return nil }},
	{environ.UnitSuffixes, flag(func(c *config, on bool) { c.unitSuffixes = on })},
	{environ.Histograms, (*config).envHistograms},
	{environ.Quantiles, (*config).envQuantiles},
	{environ.Rates, (*config).envRates},
	{environ.ReporterNames, flag(func(c *config, on bool) { c.reporterNames = on })},
	{environ.TemporalityPreference, (*config).envTemporality},
	{environ.DefaultHistogramAggregation, (*config).envAggregation},
	{environ.CardinalityLimit, number(func(c *config, n int) { c.cardinality = &n })},
	{environ.QueueSize, (*config).envQueueSize},
	{environ.SpoolDir, (*config).envSpoolDir},
	{environ.SpoolSize, (*config).envSpoolSize},
	{environ.SelfMetrics, (*config).envSelfMetrics},
	{environ.RuntimeMetrics, flag(func(c *config, on bool) { c.provider.runtime = on })},
	{environ.ProcessMetrics, flag(func(c *config, on bool) { c.provider.process = on })},
}

// readEnv reads the variables of which no option says the same in code.
func (c *config) readEnv() {
	for _, v := range variables {
		value, ok := c.lookup.Get(v.name)
		if !ok || c.inCode[v.name] {
			continue
		}
		if err := v.read(c, value); err != nil {
			c.fail("%s: %w", v.name, err)
		}
	}
	if !c.ignoreEnvTags {
		c.readTags()
	}
}

// flag reads true or false.
func flag(set func(*config, bool)) func(*config, string) error {
	return func(c *config, value string) error {
		on, err := environ.Bool(value)
		if err == nil {
			set(c, on)
		}
		return err
	}
}

// number reads a whole number above zero.
func number(set func(*config, int)) func(*config, string) error {
	return func(c *config, value string) error {
		n, err := environ.Number(value)
		if err == nil {
			set(c, n)
		}
		return err
	}
}

func (c *config) envSanitizeMode(value string) (err error) {
	if c.mode, err = encoding.ParseSanitizeMode(value); err != nil {
		return errors.New("it is not a sanitise mode: use prometheus, apptuit or none")
	}
	return nil
}

// envResourceAttributes reads names, some with * at their end, or none.
func (c *config) envResourceAttributes(value string) error {
	patterns, err := environ.Words(value)
	if err != nil {
		return err
	}
	none := slices.Contains(patterns, "none")
	if none && len(patterns) > 1 {
		return errors.New("it holds none and something else: use names, with * at the end for any ending, or none")
	}
	for i, pattern := range patterns {
		if strings.Contains(strings.TrimSuffix(pattern, "*"), "*") {
			return fmt.Errorf("item %d has a * that is not at its end: use names, with * at the end for any ending, or none", i+1)
		}
	}
	c.resourceFilter = func(kv attribute.KeyValue) bool {
		return !none && slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, string(kv.Key)) })
	}
	return nil
}

// matches tells whether a pattern is a key, or with * at its end the beginning of
// one.
func matches(pattern, key string) bool {
	start, open := strings.CutSuffix(pattern, "*")
	return key == pattern || open && strings.HasPrefix(key, start)
}

func (c *config) envHistograms(value string) error {
	words, err := environ.Words(value)
	if err != nil {
		return err
	}
	c.histograms = 0
	for i, word := range words {
		switch strings.ToLower(word) {
		case "buckets":
			c.histograms |= HistogramBuckets
		case "summary":
			c.histograms |= HistogramSummary
		default:
			return fmt.Errorf("item %d is not a way to send histograms: use buckets, summary, or both with a comma between", i+1)
		}
	}
	return nil
}

// envQuantiles turns summary on, unless code says that histograms are sent otherwise.
func (c *config) envQuantiles(value string) error {
	quantiles, err := environ.Fractions(value)
	if err != nil {
		return err
	}
	if c.inCode[environ.Histograms] && !c.histograms.has(HistogramSummary) {
		return nil
	}
	c.quantiles = slices.Compact(slices.Sorted(slices.Values(quantiles)))
	return nil
}

func (c *config) envRates(value string) (err error) {
	c.rates, err = environ.Words(value)
	return err
}

// envTemporality leaves cumulative to the default, which sends totals.
func (c *config) envTemporality(value string) error {
	preference, err := environ.Choice(value, "cumulative", "delta", "lowmemory")
	switch preference {
	case "delta":
		c.temporality = sdkmetric.DeltaTemporalitySelector
	case "lowmemory":
		c.temporality = sdkmetric.LowMemoryTemporalitySelector
	}
	return err
}

func (c *config) envAggregation(value string) error {
	const explicit, base2 = "explicit_bucket_histogram", "base2_exponential_bucket_histogram"
	aggregation, err := environ.Choice(value, explicit, base2)
	switch aggregation {
	case explicit:
		c.aggregation = sdkmetric.DefaultAggregationSelector
	case base2:
		c.aggregation = exponentialHistograms
	}
	return err
}

func (c *config) envQueueSize(value string) error {
	bytes, err := environ.Bytes(value)
	if err == nil {
		c.queueSize = bytes
	}
	return err
}

func (c *config) envSelfMetrics(value string) error {
	which, err := environ.Choice(value, "default", "all", "none")
	switch which {
	case "default":
		c.selfMetrics = SelfMetricsDefault
	case "all":
		c.selfMetrics = SelfMetricsAll
	case "none":
		c.selfMetrics = SelfMetricsNone
	}
	return err
}

func (c *config) readTags() {
	name := environ.Tags
	value, ok := c.lookup.Get(name)
	if !ok {
		name = environ.OldTags
		if value, ok = c.lookup.Get(name); !ok {
			return
		}
		c.handle(fmt.Errorf("apptuit: %s is deprecated: use %s", environ.OldTags, environ.Tags))
	}
	tags, err := parseTags(value)
	if err != nil {
		c.fail("%s: %w", name, err)
		return
	}
	c.envTags = c.cleanTags(name, tags)
}

// parseTags reads "k1: v1, k2: v2". An item is cut at its first colon; empty
// items are skipped. The error counts the items and does not repeat them: they
// may be a secret in the wrong place.
func parseTags(s string) ([]encoding.Tag, error) {
	var tags []encoding.Tag
	for i, item := range strings.Split(s, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		tag, err := parseTag(item)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

func parseTag(item string) (encoding.Tag, error) {
	key, value, found := strings.Cut(item, ":")
	if !found {
		return encoding.Tag{}, errors.New("write it as key: value")
	}
	tag := encoding.Tag{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value)}
	return tag, checkTag(tag)
}
