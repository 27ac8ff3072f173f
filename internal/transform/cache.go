package transform

import (
	"fmt"
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

const (
	keepRounds      = 4   // collections after which a series not seen is forgotten
	keepScopeRounds = 256 // the same for a whole scope: readers of other intervals share the cache
)

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
	shapes      map[shapeKey]*shape
	instruments map[instrumentKey]*instrument
}

type instrumentKey struct {
	name, unit string
	kind       kind
}

// An instrument holds the series of one metric, by their attributes.
type instrument struct {
	instrumentKey
	metric  string                   // what its series are called, before the part
	names   map[string]encoding.Name // the same, by part
	refused error                    // why it cannot be sent
	scope   *scope
	seen    uint32 // the scope's round
	round   uint32

	entries map[attribute.Distinct]*entry
	order   order
	left    []departure

	shape     *shape // of the entry made last
	bounds    *bounds
	quantiles *bounds

	reserved int  // tags that its parts have beside the attributes, at most
	delta    bool // its values are changes
}

// An entry is what one attribute set of an instrument is sent as.
type entry struct {
	key     attribute.Distinct
	seen    uint32 // the instrument's round
	refused error  // why none of its points can be sent, nil if they can

	reported       bool // a report named it, for a point of it that was dropped
	mergedReported bool // a report said that another entry is sent as the same series

	tags  encoding.TagSet
	value encoding.Series // of a gauge or a sum
	dist  *distribution   // of all else
	rates *rates          // of a counter and of a histogram's count, where they are wanted
}

// A departure is an entry that a collection did not have any more.
type departure struct {
	*entry
	seen uint32 // when it was seen last; if that is over, it came back
}

func (t *Transformer) scope(res *resource.Resource, is *instrumentation.Scope) *scope {
	key := scopeKey{
		resource:   res.Equivalent(),
		attributes: is.Attributes.Equivalent(),
		name:       is.Name,
		version:    is.Version,
		schema:     is.SchemaURL,
	}
	sc := t.scopes[key]
	if sc == nil {
		sc = &scope{global: t.global(is), instruments: map[instrumentKey]*instrument{}, shapes: map[shapeKey]*shape{}}
		t.scopes[key] = sc
	}
	sc.seen = t.round
	sc.round++
	return sc
}

func (t *Transformer) global(is *instrumentation.Scope) []encoding.Tag {
	var fromScope []encoding.Tag
	if t.cfg.ScopeTags {
		fromScope = t.validTags("scope "+text.Line(is.Name), scopeTags(is))
	}
	fromResource := t.validTags("resource", slices.Clone(t.resource.tags))
	return globalTags(t.cfg.CodeTags, t.cfg.EnvTags, fromScope, fromResource, t.cfg.HostTags)
}

// validTags leaves out the tags that the mode refuses: one bad key of a
// resource must not cost every point.
func (t *Transformer) validTags(source string, tags []encoding.Tag) []encoding.Tag {
	valid := slices.DeleteFunc(tags, func(tag encoding.Tag) bool {
		_, err := t.cfg.Mode.Name(tag.Key)
		if err != nil {
			t.drops.tag(fmt.Errorf("%s: a tag is left out: %w", source, err))
		}
		return err != nil
	})
	clean, err := encoding.CleanTags(t.cfg.Mode, valid)
	if err != nil {
		panic("transform: " + err.Error()) // the keys were checked above
	}
	return clean
}

func (t *Transformer) instrument(sc *scope, m *metricdata.Metrics, k kind) *instrument {
	key := instrumentKey{m.Name, m.Unit, k}
	in := sc.instruments[key]
	if in == nil {
		in = &instrument{instrumentKey: key, scope: sc, entries: map[attribute.Distinct]*entry{}, names: map[string]encoding.Name{}}
		in.metric, in.refused = t.cfg.metricName(key)
		in.reserved = t.cfg.reservedTags(k)
		sc.instruments[key] = in
	}
	in.seen = sc.round
	in.round++
	return in
}

// entry finds or makes the entry of an attribute set: mostly it is the one that
// followed in the last collection.
func (t *Transformer) entry(in *instrument, attrs *attribute.Set) (e *entry, isNew bool) {
	key := attrs.Equivalent()
	if e = in.order.next(key); e == nil {
		if e = in.entries[key]; e == nil {
			e, isNew = &entry{key: key, refused: in.refused}, true
			in.entries[key] = e
		}
		in.order.insert(e)
	}
	e.seen = in.round
	if isNew && e.refused == nil {
		t.setTags(in, e, attrs)
	}
	return e, isNew
}

// An order is how the entries of an instrument follow each other. It is the same
// from collection to collection until one comes or goes.
type order struct {
	old, new []*entry
	at       int  // the entry of old that should come next
	differs  bool // new is being written
}

// lookAhead is how many entries may have left, side by side, for the order to be
// found again without a map.
const lookAhead = 8

// next returns the entry of a key where it is the one that is expected, or those
// before it have left; else nil.
func (o *order) next(key attribute.Distinct) *entry {
	for i := o.at; i < len(o.old) && i < o.at+lookAhead; i++ {
		e := o.old[i]
		if e.key != key {
			continue
		}
		if i > o.at {
			o.diverge()
		}
		o.at = i + 1
		if o.differs {
			o.new = append(o.new, e)
		}
		return e
	}
	return nil
}

// insert puts an entry before the one that is expected.
func (o *order) insert(e *entry) {
	o.diverge()
	o.new = append(o.new, e)
}

// diverge begins the order of this collection with what it has in common with
// the last.
func (o *order) diverge() {
	if !o.differs {
		o.differs = true
		o.new = append(o.new[:0], o.old[:o.at]...)
	}
}

// end makes the order of this collection the one that is expected, and calls
// left with the entries of the last, where they are not the same.
func (o *order) end(left func(*entry)) {
	if o.at < len(o.old) {
		o.diverge()
	}
	if o.differs {
		for _, e := range o.old {
			left(e)
		}
		clear(o.old) // it may be the last to hold an entry that is forgotten
		o.old, o.new = o.new, o.old[:0]
		if cap(o.new) > 4*len(o.old)+1024 {
			o.new = nil // a burst is not to be paid for ever
		}
	}
	o.at, o.differs = 0, false
}

// endRound drops the series that left some collections ago. In a steady state
// there are none to look for.
func (t *Transformer) endRound(in *instrument) {
	in.order.end(func(e *entry) {
		if e.seen != in.round {
			in.left = append(in.left, departure{e, e.seen})
		}
	})
	forgotten := 0
	for _, d := range in.left {
		if in.round-d.seen <= keepRounds {
			break
		}
		if d.entry.seen == d.seen {
			t.disownEntry(d.entry)
			delete(in.entries, d.key)
		}
		forgotten++
	}
	in.left = slices.Delete(in.left, 0, forgotten)
}

// own notes an identity, and reports where two series have the same.
func (t *Transformer) own(e *entry, s *encoding.Series) {
	h, before := s.Hash(), len(t.owners)
	t.owners[h] = struct{}{}
	if len(t.owners) > before {
		return
	}
	t.doubles[h]++
	if !e.mergedReported {
		e.mergedReported = true
		t.drops.merged.add("%s", s)
	}
}

func (t *Transformer) disown(s *encoding.Series) {
	if s.IsZero() {
		return
	}
	h := s.Hash()
	if len(t.doubles) == 0 || t.doubles[h] == 0 {
		delete(t.owners, h)
		return
	}
	if t.doubles[h]--; t.doubles[h] == 0 {
		delete(t.doubles, h)
	}
}

func (t *Transformer) disownEntry(e *entry) {
	t.disown(&e.value)
	e.dist.each(t.disown)
	e.rates.each(t.disown)
}

func (t *Transformer) forgetInstruments(sc *scope) {
	for key, in := range sc.instruments {
		if sc.round-in.seen > keepRounds {
			t.disownInstrument(in)
			delete(sc.instruments, key)
		}
	}
}

func (t *Transformer) disownInstrument(in *instrument) {
	for _, e := range in.entries {
		t.disownEntry(e)
	}
}

func (t *Transformer) forgetScopes() {
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
