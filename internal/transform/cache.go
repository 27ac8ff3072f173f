package transform

import (
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const (
	keepRounds      = 4   // collections after which a series that is not there is forgotten
	keepScopeRounds = 256 // the same for a whole scope: readers of other intervals share the cache
)

// A cache holds the series that were made, by resource, scope, instrument and
// attributes. What the collections no longer have is forgotten.
type cache struct {
	maker  *maker
	round  uint32 // collections so far
	scopes map[scopeKey]*scope
}

func newCache(m *maker) *cache { return &cache{maker: m, scopes: map[scopeKey]*scope{}} }

// begin begins a collection.
func (c *cache) begin() { c.round++ }

type scopeKey struct {
	resource, attributes     attribute.Distinct
	name, version, schemaURL string
}

// A scope is a meter of one resource: the tags its series share, and its
// instruments.
type scope struct {
	lastSeen    uint32 // the cache's round
	round       uint32 // collections that had it
	global      []encoding.Tag
	schemas     map[schemaKey]*schema
	instruments map[instrumentKey]*instrument
}

type instrumentKey struct {
	name, unit string
	kind       kind
}

// An instrument holds the series of one metric, by their attributes.
type instrument struct {
	instrumentKey
	metric   string                   // what its series are called, before the part
	names    map[string]encoding.Name // the same, by part
	refused  error                    // why it cannot be sent
	scope    *scope
	lastSeen uint32 // the scope's round
	round    uint32 // collections that had it

	entries map[attribute.Distinct]*entry
	order   order
	absent  []absence

	schema    *schema // of the entry made last
	bounds    *bounds
	quantiles *bounds

	reserved   int  // tags that its parts have beside the attributes, at most
	delta      bool // its values are changes
	overflowed bool // a report said that it has too many attribute sets
}

// An entry is what one attribute set of an instrument is sent as.
type entry struct {
	key      attribute.Distinct
	lastSeen uint32 // the instrument's round
	refused  error  // why none of its points can be sent, nil if they can

	reported       bool // a report named it, for a point of it that was dropped
	mergedReported bool // a report said that another entry is sent as the same series

	tags  encoding.TagSet
	value encoding.Series // of a gauge or a sum
	dist  *distribution   // of all else
	rates *rates          // of a counter and of a histogram's count, where they are wanted
}

// An absence is that of an entry from a collection.
type absence struct {
	*entry
	lastSeen uint32 // as it was then; if the entry has another, it came back
}

// scope finds or makes the scope of a collection that has this resource.
func (c *cache) scope(res *resourceTags, is *instrumentation.Scope) *scope {
	key := scopeKey{
		resource:   res.of,
		attributes: is.Attributes.Equivalent(),
		name:       is.Name,
		version:    is.Version,
		schemaURL:  is.SchemaURL,
	}
	sc := c.scopes[key]
	if sc == nil {
		sc = &scope{global: c.maker.global(res, is), instruments: map[instrumentKey]*instrument{}, schemas: map[schemaKey]*schema{}}
		c.scopes[key] = sc
	}
	sc.lastSeen = c.round
	sc.round++
	return sc
}

// instrument finds or makes the instrument of a metric.
func (c *cache) instrument(sc *scope, m *metricdata.Metrics, k kind) *instrument {
	key := instrumentKey{m.Name, m.Unit, k}
	in := sc.instruments[key]
	if in == nil {
		in = &instrument{instrumentKey: key, scope: sc, entries: map[attribute.Distinct]*entry{}, names: map[string]encoding.Name{}}
		in.metric, in.refused = c.maker.cfg.metricName(key)
		in.reserved = c.maker.cfg.reservedTags(k)
		sc.instruments[key] = in
	}
	in.lastSeen = sc.round
	in.round++
	return in
}

// entry finds or makes the entry of an attribute set: mostly it is the one that
// followed in the last collection.
func (c *cache) entry(in *instrument, attrs *attribute.Set) (e *entry, isNew bool) {
	key := attrs.Equivalent()
	if e = in.order.next(key); e == nil {
		if e = in.entries[key]; e == nil {
			e, isNew = &entry{key: key, refused: in.refused}, true
			in.entries[key] = e
		}
		in.order.insert(e)
	}
	e.lastSeen = in.round
	if isNew {
		c.maker.noteOverflow(in, attrs)
	}
	if isNew && e.refused == nil {
		c.maker.setTags(in, e, attrs)
	}
	return e, isNew
}

// endRound forgets the series that have been absent for some collections. In a
// steady state there are none to look for.
func (c *cache) endRound(in *instrument) {
	in.order.end(func(e *entry) {
		if e.lastSeen != in.round {
			in.absent = append(in.absent, absence{e, e.lastSeen})
		}
	})
	forgotten := 0
	for _, a := range in.absent {
		if in.round-a.lastSeen <= keepRounds {
			break
		}
		if a.entry.lastSeen == a.lastSeen {
			c.maker.forget(a.entry)
			delete(in.entries, a.key)
		}
		forgotten++
	}
	in.absent = slices.Delete(in.absent, 0, forgotten)
}

func (c *cache) forgetInstruments(sc *scope) {
	for key, in := range sc.instruments {
		if sc.round-in.lastSeen > keepRounds {
			c.forgetEntries(in)
			delete(sc.instruments, key)
		}
	}
}

func (c *cache) forgetEntries(in *instrument) {
	for _, e := range in.entries {
		c.maker.forget(e)
	}
}

func (c *cache) forgetScopes() {
	for key, sc := range c.scopes {
		if c.round-sc.lastSeen <= keepScopeRounds {
			continue
		}
		for _, in := range sc.instruments {
			c.forgetEntries(in)
		}
		delete(c.scopes, key)
	}
}
