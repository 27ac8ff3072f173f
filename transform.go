package apptuit

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/transform"
	"github.com/apptuitai/apptuit-go/internal/wire"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Why points are left out of a collection, beside encoding's reasons.
const (
	// ErrUnknownAggregation is the reason for leaving out a metric whose
	// aggregation this version does not know.
	ErrUnknownAggregation encoding.Reason = transform.ErrUnknownAggregation
	// ErrTooManyBuckets is the reason for leaving out a data point of more than
	// 10,000 buckets or quantiles.
	ErrTooManyBuckets encoding.Reason = transform.ErrTooManyBuckets
)

// A HistogramMode is a way to send histograms.
type HistogramMode uint8

const (
	// HistogramBuckets, the default, sends the cumulative counts of the buckets,
	// for stores that compute quantiles over many series and any time.
	HistogramBuckets HistogramMode = 1 << iota
	// HistogramSummary sends what the values of the last interval were like, as the
	// older reporters did: mean, quantiles, least and greatest, none where there were
	// no values. The SDK is asked for exponential histograms and for changes, which
	// are added up here, so that count and sum, and buckets where they are wanted too,
	// are totals as ever; a selector or a view may say otherwise. It costs nothing but
	// the summary of an interval where its points are dropped.
	HistogramSummary
)

func (m HistogramMode) has(mode HistogramMode) bool { return m&mode != 0 }

// defaultQuantiles are those of the Java reporters, reporterQuantiles those of the
// Python one.
var (
	defaultQuantiles  = []float64{0.5, 0.75, 0.95, 0.98, 0.99, 0.999}
	reporterQuantiles = []float64{0.5, 0.75, 0.95, 0.99, 0.999}
)

// settleHistograms chooses what no option and no variable did, whatever their order
// was.
func (c *config) settleHistograms() {
	if c.reporterNames && c.unitSuffixes {
		c.fail("WithReporterNames and WithUnitSuffixes: the reporter's names have no units: choose one of the two")
	}
	if c.histograms == 0 && !c.reporterNames {
		c.histograms = HistogramBuckets
	}
	if c.quantiles != nil || c.reporterNames {
		c.histograms |= HistogramSummary
	}
	switch {
	case c.quantiles != nil:
	case c.reporterNames:
		c.quantiles = reporterQuantiles
	default:
		c.quantiles = defaultQuantiles
	}
}

// exponentialHistograms asks for as many buckets as OpenTelemetry's specification has
// by default: values of which one is a million times another stay within 5 %.
func exponentialHistograms(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	if kind != sdkmetric.InstrumentKindHistogram {
		return sdkmetric.DefaultAggregationSelector(kind)
	}
	return sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}
}

func (c *config) temporalityOf(kind sdkmetric.InstrumentKind) metricdata.Temporality {
	switch {
	case c.temporality != nil:
		return c.temporality(kind)
	case kind == sdkmetric.InstrumentKindHistogram && c.histograms.has(HistogramSummary):
		return metricdata.DeltaTemporality
	}
	return sdkmetric.DefaultTemporalitySelector(kind)
}

func (c *config) aggregationOf(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	switch {
	case c.aggregation != nil:
		return c.aggregation(kind)
	case c.histograms.has(HistogramSummary):
		return exponentialHistograms(kind)
	}
	return sdkmetric.DefaultAggregationSelector(kind)
}

// transform returns what the options say of points.
func (c *config) transform() transform.Config {
	return transform.Config{
		Mode:           c.mode,
		Prefix:         c.prefix,
		UnitSuffixes:   c.unitSuffixes,
		MaxTags:        c.maxTags,
		CodeTags:       c.codeTags,
		EnvTags:        c.envTags,
		HostTags:       c.hostTags,
		ResourceFilter: c.resourceFilter,
		ScopeTags:      !c.noScopeTags,
		Buckets:        c.histograms.has(HistogramBuckets),
		Summary:        c.histograms.has(HistogramSummary),
		Quantiles:      c.quantiles,
		Accumulate:     c.temporality == nil,
		Rates:          c.rates,
		ReporterNames:  c.reporterNames,
		Complete:       true,
		TagKey:         c.store.TagKey,
		TagValue:       c.store.TagValue,
	}
}

// refusedBy returns what an export says of points that cannot be sent; nil where
// there is nothing that was not reported before.
func refusedBy(r transform.Report) *delivery.Report {
	if len(r.Refused) == 0 {
		return nil
	}
	e := &delivery.Report{Dropped: r.Dropped}
	for _, refused := range r.Refused {
		e.Rejected = append(e.Rejected, rejected(refused))
	}
	return e
}

func rejected(r transform.Refused) wire.Rejected {
	p := wire.Datapoint{Metric: r.Metric, Value: r.Value}
	if !r.Time.IsZero() {
		p.Timestamp = r.Time.Unix()
	}
	if len(r.Tags) > 0 {
		p.Tags = make(map[string]string)
	}
	for _, tag := range r.Tags {
		p.Tags[tag.Key] = tag.Value
	}
	return wire.Rejected{Point: p, Reason: r.Reason}
}
