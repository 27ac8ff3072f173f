package wire

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// A Client makes attempts at one store by HTTP. It is made of [Settings], and is
// safe for any number of goroutines.
type Client struct {
	endpoint   endpoint
	credential *credential
	requests   requests
	http       *http.Client
	ownsHTTP   bool // http was made here
	ownsPool   bool // so were its connections
	timeout    time.Duration
	maxAnswer  int64 // bytes
	encoding   encoding.Config
	limit      sizeLimit

	tokens  guard // of the token source
	foreign guard // of http, where it was not made here, and of raw connections
	readers guard // of what reads the answers to Ask
}

// EncoderConfig returns how the client encodes, for those who make their own
// batches.
func (c *Client) EncoderConfig() encoding.Config { return c.encoding }

// Endpoint returns where the store lives, for logs: it holds no secret.
func (c *Client) Endpoint() string { return c.endpoint.base }

// Destination names where points go and for which user. Of what else a user adds to
// the query of puts it holds a hash, and no secret.
func (c *Client) Destination() string {
	if c.credential.user == "" {
		return c.endpoint.destination
	}
	return c.credential.user + "@" + c.endpoint.destination
}

// Timeout returns how long one attempt may take.
func (c *Client) Timeout() time.Duration { return c.timeout }

// MaxAnswer bounds the answers to [Client.Do], in bytes.
func (c *Client) MaxAnswer() int64 { return c.maxAnswer }

// String names the client by its endpoint. Format and LogValue give
// the same, for whatever prints a Client while it works.
func (c *Client) String() string { return "apptuit client of " + c.endpoint.base }

// Format prints what String returns, for each verb.
func (c *Client) Format(s fmt.State, verb rune) { text.Format(s, verb, c.String()) }

// LogValue returns what String does.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// CloseIdleConnections closes the connections that no request uses. Those of a
// client given by [Settings.HTTPClient] are left to their owner.
func (c *Client) CloseIdleConnections() {
	if c.ownsPool {
		c.http.CloseIdleConnections()
	}
}

// Fits tells whether a batch is smaller than what the store refused as too
// large. Where it does not fit, halving it spares a request in vain.
func (c *Client) Fits(b encoding.Batch) bool { return c.limit.fits(b) }

// Suspect notes that a batch may be too large, for it did not get through.
func (c *Client) Suspect(b encoding.Batch) { c.limit.suspect(b) }

// ForgetLimit forgets what was too large: it was not the size.
func (c *Client) ForgetLimit() { c.limit.forget() }

// TokenRenewed tells whether the token source now gives another token than the
// one that the store refused last: time to try again after 401 or 403.
func (c *Client) TokenRenewed(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.credential.renewed(ctx)
}
