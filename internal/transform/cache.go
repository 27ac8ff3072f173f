package transform

import (
	"slices"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const (
	// keepFor is after which time a series is forgotten that no collection has had:
	// longer than most intervals, and than most gaps.
	keepFor = 10 * time.Minute
	// sweepEvery is how often the cache looks for what is to be forgotten.
	sweepEvery = time.Minute
	// fewHeld entries may be kept beside twice those that are in the collections;
	// beyond that those that were absent longest go before their time.
	fewHeld = 10_000
	// maxIdle bounds the entries of an instrument that are sent though its collections
	// do not have them. It is the SDK's own bound of an instrument's attribute sets.
	maxIdle = 2000
)

// A cache holds the series that were made, by resource, scope, instrument and
// attributes. What the collections no longer have is forgotten, by time.
type cache struct {
	maker      *maker
	now        time.Time
	collection uint64 // the number of this one
	origins    map[attribute.Distinct]*origin

	held      int       // entries
	most      int       // of them before the next sweep
	nextSweep time.Time // when there is one, however few they are
}

func newCache(m *maker) *cache {
	return &cache{maker: m, origins: map[attribute.Distinct]*origin{}, most: fewHeld}
}

// An origin is a resource, with the scopes that were collected of it.
type origin struct {
	lastSeen   time.Time // the now of its last collection
	before, at time.Time // the times of the points of the collection before, and of this one
	forgot     bool      // a scope
	scopes     map[scopeKey]*scope
	deltas     []*instrument // those whose values are changes, in the order in which they came
}

type scopeKey struct {
	attributes               attribute.Distinct
	name, version, schemaURL string
}

// A scope is a meter of one resource: the tags its series share, and its
// instruments.
type scope struct {
	origin      *origin
	lastSeen    time.Time
	forgot      bool // an instrument
	toldEmpty   bool // that an attribute has no key
	global      []encoding.Tag
	schemas     map[schemaKey]*schema
	instruments map[instrumentKey]*instrument
	streams     map[instrumentKey]*streams // of those whose values are changes
	first, last *instrument                // of the collection; each knows what followed it
}

type instrumentKey struct {
	name, unit string
	kind       kind
	stream     int // see streams
}

// An instrument holds the series of one metric, by their attributes.
type instrument struct {
	instrumentKey
	metric   string                   // what its series are called, before the part
	names    map[string]encoding.Name // the same, by part
	refused  error                    // why it cannot be sent
	scope    *scope
	lastSeen time.Time
	round    uint32 // collections that had it, or that it was sent beside

	collection uint64 // the last that had it

	following *instrument // in the last collection, for it mostly is so again

	entries map[attribute.Distinct]*entry
	order   order
	absent  []absence // in the order of their time; of one that came back none counts
	forgot  bool      // an entry

	schema    *schema // of the entry made last
	bounds    *bounds
	quantiles *bounds
	explicit  []float64 // the bounds that its entries share

	reserved int  // tags that its parts have beside the attributes, at most
	rated    bool // it is sent with its rates
	delta    bool // its values are changes
	placed   bool // its points are, each in a moment of its own
	idles    bool // it is sent where a collection does not have it

	toldIdle, toldCrowded, toldOverflow bool // a report told of them
}

// An entry is what one attribute set of an instrument is sent as.
type entry struct {
	key      attribute.Distinct
	lastSeen uint32 // the instrument's round
	missed   uint32 // the round that began its last absence
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
	lastSeen uint32    // as it was then; if the entry has another, it came back
	since    time.Time // the now of the collection
}

func (a absence) over() bool { return a.entry.lastSeen != a.lastSeen }

// begin begins a collection of a resource.
func (c *cache) begin(res *resourceTags, now time.Time) *origin {
	c.now = now
	c.collection++
	o := c.origins[res.of]
	if o == nil {
		o = &origin{scopes: map[scopeKey]*scope{}}
		c.origins[res.of] = o
	}
	o.lastSeen, o.before, o.at = now, o.at, time.Time{}
	return o
}

// sees takes the time of a point of the collection.
func (o *origin) sees(at time.Time) {
	if at.After(o.at) {
		o.at = at
	}
}

// end ends a collection. One without points has the time of now.
func (c *cache) end(o *origin) {
	if o.at.IsZero() {
		o.at = c.now
	}
	c.sweep()
}

// scope finds or makes the scope of a collection.
func (c *cache) scope(o *origin, res *resourceTags, is *instrumentation.Scope) *scope {
	key := scopeKey{
		attributes: is.Attributes.Equivalent(),
		name:       is.Name,
		version:    is.Version,
		schemaURL:  is.SchemaURL,
	}
	sc := o.scopes[key]
	if sc == nil {
		sc = &scope{
			origin: o, global: c.maker.global(res, is), schemas: map[schemaKey]*schema{},
			instruments: map[instrumentKey]*instrument{}, streams: map[instrumentKey]*streams{},
		}
		o.scopes[key] = sc
	}
	sc.lastSeen, sc.last = c.now, nil
	return sc
}

// expected returns the instrument that followed in the last collection.
func (sc *scope) expected() *instrument {
	if sc.last == nil {
		return sc.first
	}
	return sc.last.following
}

// follow notes that an instrument is the next of the collection.
func (sc *scope) follow(in *instrument) {
	if sc.last == nil {
		sc.first = in
	} else {
		sc.last.following = in
	}
	sc.last = in
}

// instrument finds or makes the instrument of a metric: mostly it is the one that
// followed in the last collection.
func (c *cache) instrument(sc *scope, m *metricdata.Metrics, k kind, stream int) *instrument {
	key := instrumentKey{m.Name, m.Unit, k, stream}
	in := sc.expected()
	if in == nil || in.instrumentKey != key {
		in = sc.instruments[key]
	}
	if in == nil {
		in = &instrument{instrumentKey: key, scope: sc, entries: map[attribute.Distinct]*entry{}, names: map[string]encoding.Name{}}
		c.maker.name(in)
		sc.instruments[key] = in
	}
	sc.follow(in)
	in.lastSeen, in.collection = c.now, c.collection
	in.round++
	return in
}

// shared returns bounds as other entries have them.
func (in *instrument) shared(bounds []float64) []float64 {
	if !slices.Equal(in.explicit, bounds) {
		in.explicit = slices.Clone(bounds)
	}
	return in.explicit
}

// entry finds or makes the entry of an attribute set: mostly it is the one that
// followed in the last collection.
func (c *cache) entry(in *instrument, attrs *attribute.Set) (e *entry, isNew bool) {
	key := attrs.Equivalent()
	if e = in.order.next(key); e == nil {
		if e = in.entries[key]; e == nil {
			e, isNew = &entry{key: key, refused: in.refused, mergedReported: in.stream > 0}, true
			in.entries[key] = e
			c.held++
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

// endRound notes which entries the collection did not have. In a steady state there
// are none to look for.
func (c *cache) endRound(in *instrument) {
	in.order.end(func(e *entry) {
		if e.lastSeen != in.round && e.missed != in.round {
			e.missed = in.round
			in.absent = append(in.absent, absence{e, e.lastSeen, c.now})
		}
	})
	if len(in.absent) > 0 && len(in.absent) > 2*len(in.entries) {
		in.absent = slices.DeleteFunc(in.absent, absence.over)
	}
}
