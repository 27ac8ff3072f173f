package apptuittest

import (
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

const (
	// chunkLen is how many points are stored in one piece: no piece is ever
	// copied to grow.
	chunkLen   = 1 << 12
	entryBytes = 32
)

// An entry is a stored point.
type entry struct {
	series *series
	sample
}

func (e entry) point() encoding.Point {
	return encoding.Point{Series: e.series.encoded(), Time: time.UnixMilli(e.ms).UTC(), Value: e.value}
}

// A store keeps points in order of arrival. Equal series are one in it, so
// that a million points of few series stay small.
type store struct {
	maxPoints, maxBytes int

	mu      sync.Mutex
	chunks  [][]entry // only ever appended to: a view of them stays true
	count   int
	bytes   int
	series  map[identity]*series
	changed signal
}

func newStore(maxPoints, maxBytes int) *store {
	return &store{maxPoints: maxPoints, maxBytes: maxBytes, series: map[identity]*series{}}
}

// add stores all of the points, or none where they would pass a bound.
func (s *store) add(points []sentPoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(points) > s.maxPoints-s.count {
		return fullf("%d points", s.maxPoints)
	}
	bytes := s.cost(points)
	if bytes > s.maxBytes-s.bytes {
		return fullf("%d bytes", s.maxBytes)
	}
	s.bytes += bytes
	for _, p := range points {
		s.append(entry{s.intern(p.id), p.sample})
	}
	s.changed.broadcast()
	return nil
}

// cost returns what the points add to the memory of the store.
func (s *store) cost(points []sentPoint) int {
	chunks := (s.count+len(points)+chunkLen-1)/chunkLen - len(s.chunks)
	bytes := chunks * chunkLen * entryBytes
	fresh := map[identity]struct{}{}
	for _, p := range points {
		if _, known := s.series[p.id]; known {
			continue
		}
		if _, known := fresh[p.id]; !known {
			fresh[p.id] = struct{}{}
			bytes += p.id.bytes()
		}
	}
	return bytes
}

func (s *store) append(e entry) {
	if s.count%chunkLen == 0 {
		s.chunks = append(s.chunks, make([]entry, 0, chunkLen))
	}
	last := &s.chunks[len(s.chunks)-1]
	*last = append(*last, e)
	s.count++
}

func (s *store) intern(id identity) *series {
	known := s.series[id]
	if known == nil {
		known = id.series()
		s.series[id] = known
	}
	return known
}

// A view is the points of a store at one time.
type view struct {
	chunks [][]entry
	count  int
}

func (s *store) view() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return view{slices.Clone(s.chunks), s.count}
}

// all returns the points in order of arrival.
func (v view) all() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, chunk := range v.chunks {
			for _, e := range chunk {
				if !yield(e) {
					return
				}
			}
		}
	}
}

func (s *store) points() []encoding.Point {
	v := s.view()
	points := make([]encoding.Point, 0, v.count)
	for e := range v.all() {
		points = append(points, e.point())
	}
	return points
}

func (s *store) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// reached reports whether there are n points, and what to wait for if not.
func (s *store) reached(n int) (bool, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count >= n, s.changed.wait()
}

func (s *store) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunks, s.count, s.bytes = nil, 0, 0
	s.series = map[identity]*series{}
}

// A signal wakes all who wait for a state to change. The mutex of that state
// guards it; its zero value is ready.
type signal struct{ c chan struct{} }

func (g *signal) wait() <-chan struct{} {
	if g.c == nil {
		g.c = make(chan struct{})
	}
	return g.c
}

func (g *signal) broadcast() {
	if g.c != nil {
		close(g.c)
		g.c = nil
	}
}
