package apptuitexporter

import "time"

const (
	// keepFor is after which time something is forgotten that no push had: as long as
	// the series that are made of it.
	keepFor = 10 * time.Minute
	// sweepEvery is how often it is looked for.
	sweepEvery = time.Minute
	// recently is how long most intervals are: what is absent for longer may go early.
	recently = 5 * time.Minute
	// fewHeld may be held beside twice those that came recently; beyond that those
	// that were absent longest go before their time.
	fewHeld = 10_000
)

// A memo keeps what was made of attributes, by their bytes. What pushes no longer have
// is forgotten, by time.
type memo[V any] struct {
	held      map[string]*kept[V]
	nextSweep time.Time
	most      int
}

type kept[V any] struct {
	value    V
	lastSeen int64 // seconds
}

func newMemo[V any]() memo[V] { return memo[V]{held: map[string]*kept[V]{}, most: fewHeld} }

// of finds or makes the value of a key.
func (m *memo[V]) of(key []byte, now time.Time, make func() V) V {
	k := m.held[string(key)]
	if k == nil {
		k = &kept[V]{value: make()}
		m.held[string(key)] = k
	}
	k.lastSeen = now.Unix()
	return k.value
}

// sweep forgets, now and then, and where it holds too much.
func (m *memo[V]) sweep(now time.Time) {
	if now.Before(m.nextSweep) && len(m.held) <= m.most {
		return
	}
	keep := keepFor
	recent := m.forget(now, keep)
	for most := fewHeld + 2*recent; len(m.held) > most && keep > time.Second; {
		keep /= 2
		m.forget(now, keep)
	}
	m.nextSweep, m.most = now.Add(sweepEvery), max(fewHeld+2*recent, len(m.held)+len(m.held)/8)
}

// forget forgets what was not seen for so long, and returns how many were seen
// recently.
func (m *memo[V]) forget(now time.Time, keep time.Duration) (recent int) {
	for key, k := range m.held {
		switch unseen := now.Unix() - k.lastSeen; {
		case unseen > int64(keep/time.Second):
			delete(m.held, key)
		case unseen <= int64(recently/time.Second):
			recent++
		}
	}
	return recent
}
