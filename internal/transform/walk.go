package transform

import (
	"fmt"
	"sync/atomic"
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

	resource atomic.Pointer[resourceTags] // of the last collection
	now      time.Time                    // what a zero time means in this one
	moments  moments                      // that changes have had

	converter histogram.Converter // of the data point at hand
	scratch   []float64           // the same
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

// Prepare asks the resource filter, where the resource is not that of the last
// collection. The filter is foreign code: hold no lock.
func (t *Transformer) Prepare(rm *metricdata.ResourceMetrics) Collection {
	if rm == nil {
		rm = &metricdata.ResourceMetrics{}
	}
	last := t.resource.Load()
	if last == nil || last.of != rm.Resource.Equivalent() {
		last = filtered(rm.Resource, t.cfg.ResourceFilter)
		t.resource.Store(last)
	}
	return Collection{rm.ScopeMetrics, last}
}

// Collect emits the points of a collection, which it neither keeps nor changes,
// and reports what it left out. A point without a time has that of now.
func (t *Transformer) Collect(c Collection, now time.Time) Report {
	t.now = now
	t.moments.begin(now)
	t.dropped.begin()
	t.cache.begin()
	for i := range c.scopes {
		sm := &c.scopes[i]
		sc := t.cache.scope(c.resource, &sm.Scope)
		for j := range sm.Metrics {
			t.metric(sc, &sm.Metrics[j])
		}
		t.cache.forgetInstruments(sc)
	}
	t.cache.forgetScopes()
	return t.dropped.report()
}

// Stats returns what was left out since the start.
func (t *Transformer) Stats() Stats { return t.dropped.stats() }

func (t *Transformer) metric(sc *scope, m *metricdata.Metrics) {
	switch data := m.Data.(type) {
	case metricdata.Gauge[int64]:
		scalars(t, t.cache.instrument(sc, m, kindGauge), data.DataPoints)
	case metricdata.Gauge[float64]:
		scalars(t, t.cache.instrument(sc, m, kindGauge), data.DataPoints)
	case metricdata.Sum[int64]:
		sums(t, sc, m, data)
	case metricdata.Sum[float64]:
		sums(t, sc, m, data)
	case metricdata.Histogram[int64]:
		histograms(t, t.cache.instrument(sc, m, kindHistogram), data)
	case metricdata.Histogram[float64]:
		histograms(t, t.cache.instrument(sc, m, kindHistogram), data)
	case metricdata.ExponentialHistogram[int64]:
		exponentials(t, t.cache.instrument(sc, m, kindExponential), data)
	case metricdata.ExponentialHistogram[float64]:
		exponentials(t, t.cache.instrument(sc, m, kindExponential), data)
	case metricdata.Summary:
		summaries(t, t.cache.instrument(sc, m, kindSummary), data.DataPoints)
	default:
		t.unknown(t.cache.instrument(sc, m, kindUnknown), m)
	}
}

func sums[N int64 | float64](t *Transformer, sc *scope, m *metricdata.Metrics, data metricdata.Sum[N]) {
	k := kindCounter
	if !data.IsMonotonic {
		k = kindUpDown
	}
	in := t.cache.instrument(sc, m, k)
	in.delta = data.Temporality == metricdata.DeltaTemporality
	scalars(t, in, data.DataPoints)
}

func scalars[N int64 | float64](t *Transformer, in *instrument, dps []metricdata.DataPoint[N]) {
	for i := range dps {
		dp := &dps[i]
		e, isNew := t.cache.entry(in, &dp.Attributes)
		if isNew {
			e.value = t.maker.series(in, e, "", nil)
		}
		t.put(in, e, &e.value, dp.Time, number(dp.Value))
		if t.cfg.Rates && in.kind == kindCounter {
			t.putRates(in, e, float64(dp.Value), dp.StartTime, dp.Time)
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

func number[N int64 | float64](v N) encoding.Value {
	switch v := any(v).(type) {
	case int64:
		return encoding.Int(v)
	case float64:
		return encoding.Float(v)
	}
	panic("unreachable")
}

// put emits one point of an entry.
func (t *Transformer) put(in *instrument, e *entry, s *encoding.Series, at time.Time, v encoding.Value) {
	if e.refused != nil {
		t.drop(in, e, e.refused)
		return
	}
	if at.IsZero() {
		at = t.now
	}
	if in.delta {
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
