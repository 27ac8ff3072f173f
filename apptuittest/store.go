package apptuittest

import (
	"iter"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

const (
	// chunkLen is how many points are stored, and let go, in one piece: no piece is
	// ever copied to grow.
	chunkLen   = 1 << 8
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

// A store keeps the newest points, in order of arrival, in as many bytes as it
// may. Equal series are one in it, so that a million points of few series stay
// small.
type store struct {
	maxBytes int

	mu      sync.Mutex
	chunks  [][]entry // only ever appended to: a view of them stays true
	came    int       // points, with those that were let go
	gone    int       // points that were let go: whole chunks, the oldest
	bytes   int
	series  map[identity]*series
	changed signal
}

func newStore(maxBytes int) *store {
	return &store{maxBytes: maxBytes, series: map[identity]*series{}}
}

// add stores the points and lets the oldest go where there is no room for both.
// Points that need more than all room are refused.
func (s *store) add(points []sentPoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cost(points) > s.maxBytes {
		return refusef(http.StatusRequestEntityTooLarge, "the put needs more than the %d bytes of the store", s.maxBytes)
	}
	for _, p := range points {
		s.append(entry{s.intern(p.id), p.sample})
	}
	for s.bytes > s.maxBytes && len(s.chunks) > 1 {
		s.letGo()
	}
	s.changed.broadcast()
	return nil
}

// cost returns what the points add at most to the memory of an empty store.
func cost(points []sentPoint) int {
	bytes := (len(points)/chunkLen + 1) * chunkLen * entryBytes
	seen := make(map[identity]struct{})
	for _, p := range points {
		if _, known := seen[p.id]; !known {
			seen[p.id] = struct{}{}
			bytes += p.id.bytes()
		}
	}
	return bytes
}

func (s *store) append(e entry) {
	if s.came%chunkLen == 0 {
		s.chunks = append(s.chunks, make([]entry, 0, chunkLen))
		s.bytes += chunkLen * entryBytes
	}
	last := &s.chunks[len(s.chunks)-1]
	*last = append(*last, e)
	e.series.points++
	s.came++
}

// letGo forgets the oldest chunk, and the series that have no other points.
func (s *store) letGo() {
	for _, e := range s.chunks[0] {
		if e.series.points--; e.series.points == 0 {
			delete(s.series, e.series.id)
			s.bytes -= e.series.id.bytes()
		}
	}
	s.gone += len(s.chunks[0])
	s.bytes -= chunkLen * entryBytes
	s.chunks[0] = nil // for the memory behind the slice
	s.chunks = s.chunks[1:]
}

func (s *store) intern(id identity) *series {
	known := s.series[id]
	if known == nil {
		known = id.series()
		s.series[id] = known
		s.bytes += id.bytes()
	}
	return known
}

// A view is the points of a store at one time, from one on.
type view struct {
	chunks [][]entry
	first  int // its number, counted from 0 in order of arrival
	count  int
}

func (s *store) view() view { return s.since(0) }

// since returns the points that are held, from the n-th on.
func (s *store) since(n int) view {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(max(n, s.gone), s.came)
	skipped := (n - s.gone) / chunkLen
	v := view{slices.Clone(s.chunks[skipped:]), n, s.came - n}
	if len(v.chunks) > 0 {
		v.chunks[0] = v.chunks[0][n-s.gone-skipped*chunkLen:]
	}
	return v
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

// numbered returns the points with their numbers.
func (v view) numbered() iter.Seq2[int, encoding.Point] {
	return func(yield func(int, encoding.Point) bool) {
		n := v.first
		for e := range v.all() {
			if !yield(n, e.point()) {
				return
			}
			n++
		}
	}
}

// len returns how many points came.
func (s *store) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.came
}

// reached reports whether n points came, and what to wait for if not.
func (s *store) reached(n int) (bool, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.came >= n, s.changed.wait()
}

func (s *store) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunks, s.came, s.gone, s.bytes = nil, 0, 0, 0
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
