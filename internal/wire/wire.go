package wire

import (
	"context"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A Wire is a way for batches: to a store by HTTP, or to an agent by UDP.
type Wire interface {
	// Put makes one attempt at a batch.
	Put(context.Context, encoding.Batch) Outcome
	// Fits tells whether a batch is smaller than what was refused as too large.
	Fits(encoding.Batch) bool
	// Suspect notes that a batch may be too large, for it did not get through again
	// and again.
	Suspect(encoding.Batch)
	// ForgetLimit forgets what was refused as too large.
	ForgetLimit()
	// TokenRenewed tells whether there is another token than the one refused last.
	TokenRenewed(context.Context) bool
	// EncoderConfig returns how batches are made.
	EncoderConfig() encoding.Config
	// Endpoint returns where batches go, for logs.
	Endpoint() string
	// Destination returns where they go and for which user, without any secret.
	Destination() string
	// Timeout returns how long one attempt may take.
	Timeout() time.Duration
	// CloseIdleConnections closes what no attempt uses.
	CloseIdleConnections()
	// String names the wire by its endpoint.
	String() string
}

var (
	_ Wire = (*Client)(nil)
	_ Wire = (*XCollector)(nil)
)
