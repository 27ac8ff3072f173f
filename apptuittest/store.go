package apptuittest

import (
	"slices"
	"sync"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A store keeps points in order of arrival. Equal series are one *Series in
// it, so that a million points of few series stay small.
type store struct {
	max int

	mu      sync.Mutex
	stored  []encoding.Point // only ever appended to: a view of it stays true
	series  map[uint64][]*encoding.Series
	changed signal
}

func newStore(max int) *store {
	return &store{max: max, series: map[uint64][]*encoding.Series{}}
}

// add stores all of the points, or none where they would pass the bound.
func (s *store) add(points []encoding.Point) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(points) > s.max-len(s.stored) {
		return false
	}
	for _, p := range points {
		p.Series = s.intern(p.Series)
		s.stored = append(s.stored, p)
	}
	s.changed.broadcast()
	return true
}

func (s *store) intern(series *encoding.Series) *encoding.Series {
	hash := series.Hash()
	for _, known := range s.series[hash] {
		if known.Equal(series) {
			return known
		}
	}
	s.series[hash] = append(s.series[hash], series)
	return series
}

// view returns the points without a copy: it is to be read only.
func (s *store) view() []encoding.Point {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clip(s.stored)
}

func (s *store) points() []encoding.Point { return slices.Clone(s.view()) }

// reached reports whether there are n points, and what to wait for if not.
func (s *store) reached(n int) (bool, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.stored) >= n, s.changed.wait()
}

func (s *store) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored = nil
	clear(s.series)
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
