package apptuit

import (
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A transformer turns collections into points. It keeps the series it has made,
// by resource, scope, instrument and attributes, so that a point of a known
// series is a look at the one that followed last time, and two numbers. It is for
// one goroutine at a time.
type transformer struct {
	cfg  *config
	emit sink
	now  time.Time // what a zero time means in this collection

	round   uint32
	scopes  map[scopeKey]*scope
	owners  map[uint64]struct{} // the identities of all series, by their hash
	doubles map[uint64]int      // how many more series have an identity, where there are any

	expo    exponentialBuckets // of the data point at hand
	scratch []float64          // the same
	attrs   ownAttributes      // of the entry that is being made
	drops   drops
}

func newTransformer(cfg *config, emit sink) *transformer {
	return &transformer{cfg: cfg, emit: emit, scopes: map[scopeKey]*scope{}, owners: map[uint64]struct{}{}, doubles: map[uint64]int{}}
}

// A sink takes points. An error is why one was refused.
type sink interface {
	Append(encoding.Point) error
}

// transform emits the points of a collection, which it neither keeps nor
// changes.
func (t *transformer) transform(rm *metricdata.ResourceMetrics, now time.Time) {
	t.round++
	t.now = now
	t.drops.begin()
	if rm == nil {
		rm = &metricdata.ResourceMetrics{}
	}
	for i := range rm.ScopeMetrics {
		sm := &rm.ScopeMetrics[i]
		sc := t.scope(rm.Resource, &sm.Scope)
		for j := range sm.Metrics {
			t.metric(sc, &sm.Metrics[j])
		}
		t.forgetInstruments(sc)
	}
	t.forgetScopes()
}

func (t *transformer) metric(sc *scope, m *metricdata.Metrics) {
	switch data := m.Data.(type) {
	case metricdata.Gauge[int64]:
		scalars(t, t.instrument(sc, m, kindGauge), data.DataPoints)
	case metricdata.Gauge[float64]:
		scalars(t, t.instrument(sc, m, kindGauge), data.DataPoints)
	case metricdata.Sum[int64]:
		sums(t, sc, m, data)
	case metricdata.Sum[float64]:
		sums(t, sc, m, data)
	case metricdata.Histogram[int64]:
		histograms(t, t.instrument(sc, m, kindHistogram), data)
	case metricdata.Histogram[float64]:
		histograms(t, t.instrument(sc, m, kindHistogram), data)
	case metricdata.ExponentialHistogram[int64]:
		exponentials(t, t.instrument(sc, m, kindExponential), data)
	case metricdata.ExponentialHistogram[float64]:
		exponentials(t, t.instrument(sc, m, kindExponential), data)
	case metricdata.Summary:
		summaries(t, t.instrument(sc, m, kindSummary), data.DataPoints)
	default:
		t.unknown(t.instrument(sc, m, kindUnknown), m)
	}
}

func sums[N int64 | float64](t *transformer, sc *scope, m *metricdata.Metrics, data metricdata.Sum[N]) {
	if !data.IsMonotonic {
		scalars(t, t.instrument(sc, m, kindUpDown), data.DataPoints)
		return
	}
	in := t.instrument(sc, m, kindCounter)
	in.delta = data.Temporality == metricdata.DeltaTemporality
	scalars(t, in, data.DataPoints)
}

func scalars[N int64 | float64](t *transformer, in *instrument, dps []metricdata.DataPoint[N]) {
	for i := range dps {
		dp := &dps[i]
		e, isNew := t.entry(in, &dp.Attributes)
		if isNew {
			e.value = t.series(in, e, "", nil)
		}
		t.put(in, e, &e.value, dp.Time, number(dp.Value))
		if t.cfg.rates && in.kind == kindCounter {
			t.putRates(in, e, float64(dp.Value), dp.StartTime, dp.Time)
		}
	}
	t.endRound(in)
}

// unknown counts a metric whose aggregation this version does not know.
func (t *transformer) unknown(in *instrument, m *metricdata.Metrics) {
	e, _ := t.entry(in, attribute.EmptySet())
	e.refused = fmt.Errorf("%w: %T", ErrUnknownAggregation, m.Data)
	t.put(in, e, &e.value, time.Time{}, encoding.Value{})
	t.endRound(in)
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
func (t *transformer) put(in *instrument, e *entry, s *encoding.Series, at time.Time, v encoding.Value) {
	if e.refused != nil {
		t.drop(in, e, e.refused)
		return
	}
	if at.IsZero() {
		at = t.now
	}
	p := encoding.Point{Series: s, Time: at, Value: v}
	if err := t.emit.Append(p); err != nil {
		e.told = t.drops.point(err, e.told, func() wire.Rejected { return delivery.RejectedPoint(p, err) })
	}
}

// drop counts a point that has no series.
func (t *transformer) drop(in *instrument, e *entry, cause error) {
	e.told = t.drops.point(cause, e.told, func() wire.Rejected {
		return wire.Rejected{Point: wire.Datapoint{Metric: in.name}, Reason: text.Line(cause.Error())}
	})
}
