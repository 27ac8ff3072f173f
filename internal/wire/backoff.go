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
}

// NewBackoff returns the waits of Retry, at most a minute each.
func NewBackoff() *Backoff { return newBackoff(maxWait) }

// NewHoldBackoff returns the waits of Hold, at most 5 minutes each.
func NewHoldBackoff() *Backoff { return newBackoff(maxHoldWait) }

func newBackoff(longest time.Duration) *Backoff {
	return &Backoff{backoff.NewExponentialBackOff(
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
	wait := rand.N(b.bounds.NextBackOff() + 1)
	if retryAfter <= 0 {
		return wait
	}
	asked := min(retryAfter, maxRetryAfter)
	return max(wait, asked+rand.N(asked/10+1))
}

// Reset begins again at 1 s, as it should once something was delivered.
func (b *Backoff) Reset() { b.bounds.Reset() }
