package apptuit

import (
	"context"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

// A way is where batches go: a store by HTTP, or an agent by UDP.
type way interface {
	Attempt(context.Context, *transport.Delivery) (transport.Outcome, transport.Step)
	TokenRenewed(context.Context) bool
	EncoderConfig() encoding.Config
	Endpoint() string
	Destination() string
	Timeout() time.Duration
	CloseIdleConnections()
}

var (
	_ way = (*transport.Client)(nil)
	_ way = (*transport.XCollector)(nil)
)

// WithXCollector hands points to a local XCollector agent by UDP instead of
// sending them to a store: "" is its usual address, 127.0.0.1:8953. UDP
// acknowledges nothing; see [transport.XCollector]. Endpoint, token and all else
// of HTTP are the agent's then.
func WithXCollector(addr string) Option {
	return func(c *config) { c.xcollector = &addr }
}

// newWay makes the way out; every problem with its options is in the error.
func (c *config) newWay() (way, error) {
	opts := append([]transport.Option{
		transport.WithEnv(c.lookup),
		transport.WithWarningHandler(c.handle),
	}, c.transport...)
	if c.xcollector != nil {
		return transport.NewXCollector(*c.xcollector, opts...)
	}
	return transport.New(opts...)
}
