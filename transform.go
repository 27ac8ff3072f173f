package apptuit

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

const (
	keepRounds      = 4   // collections after which a series not seen is forgotten
	keepScopeRounds = 256 // the same for a whole scope: readers of other intervals share the cache
)

// A transformer turns collections into points. It keeps the series it has made,
// by resource, scope, instrument and attributes, so that a point of a known
// series is a lookup and two numbers. It is for one goroutine at a time.
type transformer struct {
	cfg  *config
	emit func(encoding.Point) error // an error is why the point was refused
	now  time.Time                  // what a zero time means in this collection

	round  uint32
	scopes map[scopeKey]*scope
	owners map[uint64]int // how many series have this identity, by its hash

	expo    exponentialBuckets // of the data point at hand
	scratch []float64          // the same
	last    identity           // of the entry at hand
	drops   drops
}

type scopeKey struct {
	resource, attributes  attribute.Distinct
	name, version, schema string
}

// A scope is a meter of one resource: the tags its series share, and its
// instruments.
type scope struct {
	seen        uint32 // the transformer's round
	round       uint32
	global      []encoding.Tag
	instruments map[instrumentKey]*instrument
}

type instrumentKey struct {
	name, unit string
	kind       kind
}

// An instrument holds the series of one metric, by their attributes.
type instrument struct {
	instrumentKey
	metric  string // what its series are called, before the part
	refused error  // why it cannot be sent
	scope   *scope
	seen    uint32 // the scope's round
	round   uint32
	present int // entries seen in this round
	entries map[attribute.Distinct]*entry

	reserved int  // tags that its parts have beside the attributes, at most
	delta    bool // its values are changes
}

// An entry is what one attribute set of an instrument is sent as.
type entry struct {
	seen    uint32 // the instrument's round
	told    uint32 // the transformer's round that told of a dropped point; 0 for none
	made    bool   // its tags were gathered before
	merged  bool   // it was told that another entry is sent as the same series
	refused error  // why none of its points can be sent, nil if they can

	value *encoding.Series // of a gauge or a sum
	dist  *distribution    // of all else
	rates *rates           // of a counter and of a histogram's count, where they are wanted
}

func newTransformer(cfg *config, emit func(encoding.Point) error) *transformer {
	return &transformer{cfg: cfg, emit: emit, scopes: map[scopeKey]*scope{}, owners: map[uint64]int{}}
}

// transform emits the points of a collection, which it neither keeps nor
// changes.
func (t *transformer) transform(rm *metricdata.ResourceMetrics, now time.Time) {
	t.round++
	t.now = now
	t.drops.begin()
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
		e, isNew := in.entry(&dp.Attributes)
		if isNew {
			e.value = t.identify(in, e, &dp.Attributes).part(t, "")
		}
		t.put(in, e, e.value, dp.Time, number(dp.Value))
		if in.kind == kindCounter {
			t.putRates(in, e, &dp.Attributes, float64(dp.Value), dp.StartTime, dp.Time)
		}
	}
	t.forgetEntries(in)
}

// unknown counts a metric whose aggregation this version does not know.
func (t *transformer) unknown(in *instrument, m *metricdata.Metrics) {
	e, _ := in.entry(attribute.EmptySet())
	e.refused = fmt.Errorf("%w: %T", ErrUnknownAggregation, m.Data)
	t.put(in, e, nil, time.Time{}, encoding.Value{})
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

// put emits one point of an entry; s is nil where the entry is refused.
func (t *transformer) put(in *instrument, e *entry, s *encoding.Series, at time.Time, v encoding.Value) {
	if s == nil {
		t.drop(e, "metric "+strconv.Quote(in.name), e.refused)
		return
	}
	if at.IsZero() {
		at = t.now
	}
	if err := t.emit(encoding.Point{Series: s, Time: at, Value: v}); err != nil {
		t.drop(e, "series "+s.String(), err)
	}
}

func (t *transformer) drop(e *entry, series string, cause error) {
	if e.told == 0 {
		e.told = t.round
	}
	t.drops.point(series, cause, e.told == t.round)
}

func (t *transformer) scope(res *resource.Resource, is *instrumentation.Scope) *scope {
	key := scopeKey{
		resource:   res.Equivalent(),
		attributes: is.Attributes.Equivalent(),
		name:       is.Name,
		version:    is.Version,
		schema:     is.SchemaURL,
	}
	sc := t.scopes[key]
	if sc == nil {
		sc = &scope{global: t.global(res, is), instruments: map[instrumentKey]*instrument{}}
		t.scopes[key] = sc
	}
	sc.seen = t.round
	sc.round++
	return sc
}

func (t *transformer) global(res *resource.Resource, is *instrumentation.Scope) []encoding.Tag {
	var fromScope []encoding.Tag
	if !t.cfg.noScopeTags {
		fromScope = t.validTags("scope "+is.Name, scopeTags(is))
	}
	fromResource := t.validTags("resource", attributeTags(res.Set(), "", t.cfg.resourceFilter))
	return globalTags(t.cfg.codeTags, t.cfg.envTags, fromScope, fromResource, t.cfg.hostTags)
}

// validTags leaves out the tags that the mode refuses: one bad key of a
// resource must not cost every point.
func (t *transformer) validTags(source string, tags []encoding.Tag) []encoding.Tag {
	valid := slices.DeleteFunc(tags, func(tag encoding.Tag) bool {
		_, err := t.cfg.mode.Name(tag.Key)
		if err != nil {
			t.drops.tag(fmt.Errorf("%s: a tag is left out: %w", source, err))
		}
		return err != nil
	})
	clean, err := encoding.CleanTags(t.cfg.mode, valid)
	if err != nil {
		panic("apptuit: " + err.Error()) // the keys were checked above
	}
	return clean
}

func (t *transformer) instrument(sc *scope, m *metricdata.Metrics, k kind) *instrument {
	key := instrumentKey{m.Name, m.Unit, k}
	in := sc.instruments[key]
	if in == nil {
		in = &instrument{instrumentKey: key, scope: sc, entries: map[attribute.Distinct]*entry{}}
		in.metric, in.refused = t.cfg.metricName(key)
		in.reserved = t.cfg.reservedTags(k)
		sc.instruments[key] = in
	}
	in.seen = sc.round
	in.round++
	in.present = 0
	return in
}

// entry finds or makes the entry of an attribute set.
func (in *instrument) entry(attrs *attribute.Set) (e *entry, isNew bool) {
	key := attrs.Equivalent()
	e = in.entries[key]
	if e == nil {
		e, isNew = &entry{refused: in.refused}, true
		in.entries[key] = e
	}
	if e.seen != in.round {
		e.seen = in.round
		in.present++
	}
	return e, isNew
}

// An identity is what the series of one entry have in common.
type identity struct {
	in   *instrument
	e    *entry
	tags []encoding.Tag
}

// identify gathers the tags of an entry, leaving room for reserved ones so that
// all its parts have the same others; where it cannot, the entry is refused.
func (t *transformer) identify(in *instrument, e *entry, attrs *attribute.Set) identity {
	if t.last.e == e {
		return t.last
	}
	t.last = identity{in: in, e: e}
	own, err := encoding.CleanTags(t.cfg.mode, attributeTags(attrs, "", nil))
	if n := len(own) + in.reserved; err == nil && n > t.cfg.maxTags {
		err = fmt.Errorf("%w: %d of its own, and the limit is %d", encoding.ErrTooManyTags, n, t.cfg.maxTags)
	}
	if err != nil {
		e.refused = err
		return t.last
	}
	tags, dropped := joinTags(own, in.scope.global, t.cfg.maxTags-in.reserved)
	if !e.made {
		t.drops.tagsOf(in.name, dropped, t.cfg.maxTags)
	}
	e.made = true
	t.last.tags = tags
	return t.last
}

// part makes one series of the entry: the metric's name with a part behind it.
// It returns nil where the entry is refused, or is refused now.
func (id identity) part(t *transformer, name string, extra ...encoding.Tag) *encoding.Series {
	if id.e.refused != nil {
		return nil
	}
	metric := id.in.metric
	if name != "" {
		metric += "." + name
	}
	s, err := encoding.NewSeries(t.cfg.mode, metric, append(id.tags, extra...)...)
	if err != nil {
		id.e.refused = err
		return nil
	}
	t.own(id.e, s)
	return s
}

// own notes an identity, and tells where two series have the same.
func (t *transformer) own(e *entry, s *encoding.Series) {
	h := s.Hash()
	t.owners[h]++
	if t.owners[h] > 1 && !e.merged {
		e.merged = true
		t.drops.merged.add("%s", s)
	}
}

func (t *transformer) disown(s *encoding.Series) {
	if s == nil {
		return
	}
	h := s.Hash()
	if t.owners[h]--; t.owners[h] == 0 {
		delete(t.owners, h)
	}
}

// forgetEntries drops the series that left. In a steady state there are none
// to look for.
func (t *transformer) forgetEntries(in *instrument) {
	if len(in.entries) == in.present {
		return
	}
	for key, e := range in.entries {
		if in.round-e.seen > keepRounds {
			t.disownEntry(e)
			delete(in.entries, key)
		}
	}
}

func (t *transformer) disownEntry(e *entry) {
	t.disown(e.value)
	for _, s := range e.dist.all() {
		t.disown(s)
	}
	for _, s := range e.rates.all() {
		t.disown(s)
	}
}

func (t *transformer) forgetInstruments(sc *scope) {
	for key, in := range sc.instruments {
		if sc.round-in.seen > keepRounds {
			t.disownInstrument(in)
			delete(sc.instruments, key)
		}
	}
}

func (t *transformer) disownInstrument(in *instrument) {
	for _, e := range in.entries {
		t.disownEntry(e)
	}
}

func (t *transformer) forgetScopes() {
	for key, sc := range t.scopes {
		if t.round-sc.seen <= keepScopeRounds {
			continue
		}
		for _, in := range sc.instruments {
			t.disownInstrument(in)
		}
		delete(t.scopes, key)
	}
}
