package apptuittest

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

const (
	maxRefusals    = 100 // reasons
	maxRefusalText = 256 // bytes of a reason or a point
)

// A Refusal is a reason why points or whole puts were refused, and how often.
// Its texts are cut at 256 bytes.
type Refusal struct {
	// Status is that of the answer, and Reason what it says.
	Status int
	Reason string
	// Point is the JSON of the latest of the points; it is empty where puts were
	// refused as a whole.
	Point string
	// Count is how many points it were, or puts.
	Count int
	// First and Last are when the first and the latest came.
	First, Last time.Time
}

// Refusals returns what was refused, by reason, the latest first: the newest 100
// reasons. What a fault answered is not among them.
func (s *Server) Refusals() []Refusal { return s.refused.all() }

// refusals are those that a server remembers.
type refusals struct {
	mu   sync.Mutex
	held []*Refusal
}

func (r *refusals) add(status int, reason string, point []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.of(status, cut(reason, maxRefusalText), point != nil)
	known.Point = string(cut(string(point[:min(len(point), maxRefusalText+1)]), maxRefusalText))
	known.Count++
	known.Last = time.Now()
}

// of returns the refusal of a reason. A new one takes the place of the oldest
// where there are too many. The caller holds mu.
func (r *refusals) of(status int, reason string, ofPoint bool) *Refusal {
	for _, known := range r.held {
		if known.Status == status && known.Reason == reason && (known.Point != "") == ofPoint {
			return known
		}
	}
	fresh := &Refusal{Status: status, Reason: reason, First: time.Now()}
	if len(r.held) < maxRefusals {
		r.held = append(r.held, fresh)
		return fresh
	}
	oldest := slices.MinFunc(r.held, func(a, b *Refusal) int { return a.Last.Compare(b.Last) })
	*oldest = *fresh
	return oldest
}

func (r *refusals) all() []Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Refusal, 0, len(r.held))
	for _, known := range r.held {
		all = append(all, *known)
	}
	slices.SortStableFunc(all, func(a, b Refusal) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Reason, b.Reason)) })
	return all
}

func (r *refusals) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = nil
}
