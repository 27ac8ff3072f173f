package apptuit

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/transform"
	"github.com/apptuitai/apptuit-go/internal/wire"
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
	// HistogramSummary sends mean and quantiles, computed here from the buckets,
	// as the older reporters did.
	HistogramSummary
)

func (m HistogramMode) has(mode HistogramMode) bool { return m&mode != 0 }

// defaultQuantiles are those of the Java reporters.
var defaultQuantiles = []float64{0.5, 0.75, 0.95, 0.98, 0.99, 0.999}

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
		Rates:          c.rates,
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
