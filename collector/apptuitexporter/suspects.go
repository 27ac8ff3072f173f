package apptuitexporter

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

const (
	// maxErrors is how many 500s a batch may meet before others are asked: where the
	// store took one meanwhile, the fault is in the batch.
	maxErrors = 3
	// refusedLimit is for a batch of which the store takes no part, while it takes others.
	refusedLimit = time.Hour
	// maxSuspects bounds the batches that are remembered, and suspectFor how long they are
	// when they do not come again.
	maxSuspects = 1000
	suspectFor  = 2 * time.Hour
)

// suspects are batches that the store did not take, without saying which point is at
// fault: whether it is the batch or the store shows when they come again. They are known
// by what they hold, for a push that comes again is not told from others.
type suspects struct {
	mu     sync.Mutex
	passed uint64 // batches of which the store took something
	held   map[uint64]*suspect
}

type suspect struct {
	errors  int    // 500s
	refused bool   // no part was taken, and no reason given
	passed  uint64 // as it was when it was first refused
	since   time.Time
	at      time.Time
}

// pass notes that the store took something.
func (s *suspects) pass() {
	s.mu.Lock()
	s.passed++
	s.mu.Unlock()
}

// failed notes another 500 for a batch, and tells whether the fault is in the batch.
func (s *suspects) failed(b encoding.Batch) bool {
	return s.note(b, func(held *suspect) bool {
		held.errors++
		return held.errors >= maxErrors
	})
}

// refused notes that no part of a batch was taken, and tells whether the fault is in
// the batch, and whether it has come for too long.
func (s *suspects) refused(b encoding.Batch) (fault, tooLong bool) {
	fault = s.note(b, func(held *suspect) bool {
		again := held.refused
		held.refused, tooLong = true, held.at.Sub(held.since) > refusedLimit
		return again
	})
	return fault, tooLong
}

// note changes what is known of a batch. The fault is in it where it came often enough
// and the store took another one since it came first.
func (s *suspects) note(b encoding.Batch, change func(*suspect) (often bool)) bool {
	key := keyOf(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	held := s.held[key]
	if held == nil {
		s.makeRoom(now)
		held = &suspect{passed: s.passed, since: now}
		s.held[key] = held
	}
	held.at = now
	return change(held) && s.passed > held.passed
}

// makeRoom forgets what is old, and all where that is not enough.
func (s *suspects) makeRoom(now time.Time) {
	if s.held == nil {
		s.held = map[uint64]*suspect{}
	}
	if len(s.held) < maxSuspects {
		return
	}
	for key, held := range s.held {
		if now.Sub(held.at) > suspectFor {
			delete(s.held, key)
		}
	}
	if len(s.held) >= maxSuspects {
		clear(s.held)
	}
}

// forget forgets a batch of which nothing is left.
func (s *suspects) forget(b encoding.Batch) {
	key := keyOf(b)
	s.mu.Lock()
	delete(s.held, key)
	s.mu.Unlock()
}

var suspectSeed = maphash.MakeSeed()

// keyOf is equal for batches of the same points.
func keyOf(b encoding.Batch) uint64 {
	text, err := b.JSON()
	if err != nil {
		text = b.Body
	}
	return maphash.Bytes(suspectSeed, text)
}
