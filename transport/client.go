package transport

import (
	"fmt"
	"log/slog"
	"sync"

	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// Version is the version of the module.
const Version = wire.Version

// A Client sends points to one store, and asks it for others. It is made by [New],
// and is safe for any number of goroutines.
type Client struct {
	wire     wire.Wire
	http     *wire.Client // the wire, where it is HTTP; else nil
	attempts int          // of Ask; 0: as its context allows
	warn     func(error)  // hears of calls that go on; may be nil
	encoders sync.Pool    // of *encoding.Encoder
}

// New returns a client. It does no I/O but to read the files that variables name. The
// error joins everything that is
// wrong with the options and the environment.
func New(opts ...Option) (*Client, error) {
	settings := wire.NewSettings()
	for _, opt := range opts {
		opt(settings)
	}
	w, err := settings.Wire()
	if err != nil {
		return nil, err
	}
	c := &Client{wire: w, attempts: settings.MaxAttempts.Value, warn: settings.Warn}
	c.http, _ = w.(*wire.Client)
	return c, nil
}

// Endpoint returns where the store lives, for logs: it holds no secret.
func (c *Client) Endpoint() string { return c.wire.Endpoint() }

// MaxAnswerBytes returns what [WithMaxAnswerBytes] allows.
func (c *Client) MaxAnswerBytes() int64 {
	if c.http == nil {
		return 0
	}
	return c.http.MaxAnswer()
}

// CloseIdleConnections closes the connections that no request uses. Those of a
// client given by [WithHTTPClient] are left to their owner.
func (c *Client) CloseIdleConnections() { c.wire.CloseIdleConnections() }

// String names the client by its endpoint. Format and LogValue give the same, for
// whatever prints a Client while it works.
func (c *Client) String() string { return c.wire.String() }

// Format prints what String returns, for each verb.
func (c *Client) Format(s fmt.State, verb rune) {
	text.Format(s, verb, c.String())
}

// LogValue returns what String does.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }
