package transform

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A cached instrument, and what should be in it.
type cached struct {
	t     *testing.T
	tr    *Transformer
	in    *instrument
	known map[int]*entry    // as they were found last
	seen  map[int]time.Time // when they were found
}

func newCached(t *testing.T) *cached {
	tr := New(testConfig(), sinkFunc(func(encoding.Point) error { return nil }))
	sc := tr.cache.scope(tr.cache.begin(&resourceTags{}, testTime), &resourceTags{}, &instrumentation.Scope{})
	in := tr.cache.instrument(sc, &metricdata.Metrics{Name: "m"}, kindGauge, 0)
	return &cached{t, tr, in, map[int]*entry{}, map[int]time.Time{}}
}

// round collects entries by their ids, a minute after the last: each is the one of
// the rounds before, if it was in one of the last few.
func (c *cached) round(ids []int) {
	c.t.Helper()
	c.in.round++
	now := c.tr.cache.now.Add(time.Minute)
	c.tr.cache.now = now
	for _, id := range ids {
		attrs := attribute.NewSet(attribute.Int("id", id))
		e, isNew := c.tr.cache.entry(c.in, &attrs)
		_, known := c.seen[id]
		if isNew == known || known && e != c.known[id] || e.key != attrs.Equivalent() {
			c.t.Fatalf("round %d: id %d is new: %t, and was known: %t", c.in.round, id, isNew, known)
		}
		if isNew {
			e.value = c.tr.maker.series(c.in, e, "", nil)
		}
		c.known[id], c.seen[id] = e, now
	}
	c.tr.cache.endRound(c.in)
	c.in.lastSeen, c.in.scope.lastSeen, c.in.scope.origin.lastSeen = now, now, now
	c.tr.cache.sweep()
	for id, seen := range c.seen {
		if now.Sub(seen)-time.Minute > keepFor {
			delete(c.seen, id)
		}
	}
	if len(c.in.entries) != len(c.seen) || len(c.tr.maker.identities.held) != len(c.seen) || c.tr.cache.held != len(c.seen) {
		c.t.Fatalf("round %d: %d entries and %d series, want %d", c.in.round, len(c.in.entries), len(c.tr.maker.identities.held), len(c.seen))
	}
}

func TestEntriesAreFoundInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := newCached(t)
	var ids []int
	next := 0
	for range 300 {
		for range r.IntN(4) { // some leave, at times many side by side
			if n := len(ids); n > 0 {
				at := r.IntN(n)
				ids = slices.Delete(ids, at, min(n, at+1+r.IntN(1<<r.IntN(5))))
			}
		}
		for range r.IntN(30) {
			at := r.IntN(len(ids) + 1)
			id := next
			if r.IntN(3) == 0 && next > 0 { // one that was there lately, or twice
				id = max(0, next-r.IntN(100))
			}
			ids = slices.Insert(ids, at, id)
			next = max(next, id+1)
		}
		if r.IntN(20) == 0 {
			r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		}
		if r.IntN(30) == 0 {
			c.round(nil)
		}
		c.round(ids)
	}
}

// In a steady state no entry is looked up, and nothing is written.
func TestSteadyOrderIsKept(t *testing.T) {
	c := newCached(t)
	ids := []int{5, 3, 9, 1}
	c.round(ids)
	c.round(ids)
	order := c.in.order.old
	c.in.entries = map[attribute.Distinct]*entry{} // a look would find nothing
	for range 3 {
		c.in.round++
		for i, id := range ids {
			attrs := attribute.NewSet(attribute.Int("id", id))
			if e, isNew := c.tr.cache.entry(c.in, &attrs); isNew || e != order[i] {
				t.Fatalf("entry %d is not the one that followed last time", i)
			}
		}
		if c.in.order.differs {
			t.Fatal("the order was written again")
		}
		c.tr.cache.endRound(c.in)
	}
}

// Instruments are found in any order, and one that is forgotten is not held by the one
// that it followed.
func TestInstrumentsInAnyOrder(t *testing.T) {
	c := New(testConfig(), sinkFunc(func(encoding.Point) error { return nil })).cache
	r := rand.New(rand.NewPCG(1, 2))
	known := map[string]*instrument{}
	res, now := &resourceTags{}, testTime
	for round := range 200 {
		now = now.Add(time.Minute)
		o := c.begin(res, now)
		sc := c.scope(o, res, &instrumentation.Scope{})
		names := []string{"a", "b", "c", "d", "e"}
		if round%4 == 0 {
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		}
		if round > 100 {
			names = []string{"a", "b"}
		}
		for _, name := range names {
			in := c.instrument(sc, &metricdata.Metrics{Name: name}, kindGauge, 0)
			if in.name != name || in.gone() || known[name] != nil && known[name] != in {
				t.Fatalf("round %d: %s is %q, gone: %t, and was known: %t", round, name, in.name, in.gone(), known[name] != nil)
			}
			known[name] = in
		}
		c.end(o)
		for name, in := range known {
			if in.gone() {
				delete(known, name)
				continue
			}
			if in.following != nil && in.following.gone() {
				t.Errorf("round %d: %s holds %s, which is forgotten", round, name, in.following.name)
			}
		}
	}
	if len(known) != 2 {
		t.Errorf("%d instruments are known, want 2", len(known))
	}
}
