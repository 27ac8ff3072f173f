package wire

import (
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v4"
)

const (
	firstWait   = time.Second
	maxWait     = time.Minute
	maxHoldWait = 5 * time.Minute
	// maxRetryAfter bounds what a server can ask for.
	maxRetryAfter = 10 * time.Minute
)

// A Backoff gives the waits between attempts: random between nothing and a
// bound of 1 s that doubles at each wait up to its maximum. It never ends. It is
// for one goroutine at a time.
type Backoff struct {
	bounds *backoff.ExponentialBackOff
	byAge  bool      // no wait is longer than half the time since it began
	begun  time.Time // when the first wait did; zero before
}

// NewBackoff returns the waits of Retry: at most half as long as it was in trouble
// by then, 1 s at the least and a minute at the most. What is back is found within
// half the time that it was away.
func NewBackoff() *Backoff { return newBackoff(maxWait, true) }

// NewPauseBackoff returns the waits of a batch that is put off while others pass: at
// most a minute each.
func NewPauseBackoff() *Backoff { return newBackoff(maxWait, false) }

// NewHoldBackoff returns the waits of Hold, at most 5 minutes each.
func NewHoldBackoff() *Backoff { return newBackoff(maxHoldWait, false) }

func newBackoff(longest time.Duration, byAge bool) *Backoff {
	return &Backoff{byAge: byAge, bounds: backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstWait),
		backoff.WithMultiplier(2),
		backoff.WithMaxInterval(longest),
		backoff.WithRandomizationFactor(0), // its jitter would pass the maximum
		backoff.WithMaxElapsedTime(0),
	)}
}

// Next returns the next wait. It is no shorter than what the server asked for,
// 0 for nothing, and up to a tenth longer than that, lest all clients come back
// at once.
func (b *Backoff) Next(retryAfter time.Duration) time.Duration {
	wait := rand.N(b.bound() + 1)
	if retryAfter <= 0 {
		return wait
	}
	asked := min(retryAfter, maxRetryAfter)
	return max(wait, asked+rand.N(asked/10+1))
}

// bound returns the most that the next wait may be.
func (b *Backoff) bound() time.Duration {
	bound := b.bounds.NextBackOff()
	if !b.byAge {
		return bound
	}
	if b.begun.IsZero() {
		b.begun = time.Now()
	}
	return min(bound, max(firstWait, time.Since(b.begun)/2))
}

// Reset begins again at 1 s, as it should once something was delivered.
func (b *Backoff) Reset() {
	b.bounds.Reset()
	b.begun = time.Time{}
}
