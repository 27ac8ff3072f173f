package transform

import (
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/histogram"
	"github.com/apptuitai/apptuit-go/internal/text"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A Transformer turns collections into points. It keeps the series it has made,
// so that a point of a known series is a look at the one that followed last time,
// and two numbers. But for Prepare it is
// for one goroutine at a time.
type Transformer struct {
	cfg     Config
	emit    Sink
	dropped dropped
	maker   *maker
	cache   *cache

	resources resources
	now       time.Time // what a zero time means in this collection
	moments   moments   // that changes have had
	index     int       // see DataPoint

	// What follows is of the data point at hand.
	exponential        histogram.Exponential
	cleaner, converter histogram.Converter
	interim            interim
	picked             selection
	intervals, lives   weights
}

// New returns a transformer that emits points to a sink.
func New(cfg Config, emit Sink) *Transformer {
	t := &Transformer{cfg: cfg, emit: emit, moments: moments{unit: cfg.Moment}}
	t.maker = newMaker(&t.cfg, &t.dropped)
	t.cache = newCache(t.maker)
	return t
}

// A Sink takes points. An error, which is an [encoding.Reason], is why one was
// refused.
type Sink interface {
	Append(encoding.Point) error
}

// A Collection is what a Reader collected, and what becomes of its resource.
type Collection struct {
	scopes   []metricdata.ScopeMetrics
	resource *resourceTags
}

// Prepare asks the resource filter, where the resource is new. The filter is foreign code: hold no lock.
func (t *Transformer) Prepare(rm *metricdata.ResourceMetrics) Collection {
	if rm == nil {
		rm = &metricdata.ResourceMetrics{}
	}
	return Collection{rm.ScopeMetrics, t.resources.of(rm.Resource, t.cfg.ResourceFilter)}
}

// Collect emits the points of a collection, which it neither keeps nor changes,
// and reports what it left out. A point without a time has that of now.
func (t *Transformer) Collect(c Collection, now time.Time) Report {
	t.now, t.index = now, -1
	t.moments.begin(now)
	t.dropped.begin()
	o := t.cache.begin(c.resource, now)
	for i := range c.scopes {
		sm := &c.scopes[i]
		sc := t.cache.scope(o, c.resource, &sm.Scope)
		for j := range sm.Metrics {
			t.metric(sc, &sm.Metrics[j])
		}
	}
	t.putIdle(o)
	t.cache.end(o)
	return t.dropped.report()
}

// DataPoint tells a Sink which data point of the collection a point comes of: they are
// counted from 0, in their order. It is of no use for what the collection does not
// have, see [Config.Complete].
func (t *Transformer) DataPoint() int { return t.index }

// Stats returns what was left out since the start.
func (t *Transformer) Stats() Stats { return t.dropped.stats() }

func (t *Transformer) metric(sc *scope, m *metricdata.Metrics) {
	switch data := m.Data.(type) {
	case metricdata.Gauge[int64]:
		scalars(t, sc, m, kindGauge, 0, data.DataPoints)
	case metricdata.Gauge[float64]:
		scalars(t, sc, m, kindGauge, 0, data.DataPoints)
	case metricdata.Sum[int64]:
		scalars(t, sc, m, kindOf(data.IsMonotonic), data.Temporality, data.DataPoints)
	case metricdata.Sum[float64]:
		scalars(t, sc, m, kindOf(data.IsMonotonic), data.Temporality, data.DataPoints)
	case metricdata.Histogram[int64]:
		histograms(t, sc, m, data)
	case metricdata.Histogram[float64]:
		histograms(t, sc, m, data)
	case metricdata.ExponentialHistogram[int64]:
		exponentials(t, sc, m, data)
	case metricdata.ExponentialHistogram[float64]:
		exponentials(t, sc, m, data)
	case metricdata.Summary:
		summaries(t, t.cache.instrument(sc, m, kindSummary, 0), data.DataPoints)
	default:
		t.unknown(t.cache.instrument(sc, m, kindUnknown, 0), m)
	}
}

func kindOf(monotonic bool) kind {
	if monotonic {
		return kindCounter
	}
	return kindUpDown
}

// scalars emits gauges and sums.
func scalars[N int64 | float64](t *Transformer, sc *scope, m *metricdata.Metrics, k kind, temporality metricdata.Temporality, dps []metricdata.DataPoint[N]) {
	if len(dps) == 0 {
		return
	}
	in := t.instrument(sc, m, k, temporality, dps[0].StartTime, dps[0].Time)
	part := t.cfg.valuePart(k)
	for i := range dps {
		dp := &dps[i]
		t.index++
		e, isNew := t.cache.entry(in, &dp.Attributes)
		if isNew {
			e.value = t.maker.series(in, e, part, nil)
		}
		v := amountOf(dp.Value)
		t.put(in, e, &e.value, dp.Time, v.value())
		if in.rated {
			t.putRates(source{in, e, dp.Time}, v, dp.StartTime)
		}
	}
	t.cache.endRound(in)
}

// unknown counts a metric whose aggregation this version does not know.
func (t *Transformer) unknown(in *instrument, m *metricdata.Metrics) {
	e, _ := t.cache.entry(in, attribute.EmptySet())
	e.refused = fmt.Errorf("%w: %T", ErrUnknownAggregation, m.Data)
	t.put(in, e, &e.value, time.Time{}, encoding.Value{})
	t.cache.endRound(in)
}

// timeOf returns the time of a point.
func (t *Transformer) timeOf(at time.Time) time.Time {
	if at.IsZero() {
		return t.now
	}
	return at
}

// put emits one point of an entry.
func (t *Transformer) put(in *instrument, e *entry, s *encoding.Series, at time.Time, v encoding.Value) {
	if e.refused != nil {
		t.drop(in, e, e.refused)
		return
	}
	at = t.timeOf(at)
	if in.placed {
		at = t.moments.place(at)
	}
	p := encoding.Point{Series: s, Time: at, Value: v}
	if err := t.emit.Append(p); err != nil {
		e.reported = t.dropped.point(err, e.reported, func() Refused { return refusedPoint(p, err) })
	}
}

// drop counts a point that has no series.
func (t *Transformer) drop(in *instrument, e *entry, cause error) {
	e.reported = t.dropped.point(cause, e.reported, func() Refused {
		return Refused{Metric: in.name, Reason: text.Line(cause.Error())}
	})
}
