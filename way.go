package apptuit

import (
	"github.com/apptuitai/apptuit-go/internal/wire"
	"github.com/apptuitai/apptuit-go/transport"
)

// WithXCollector hands points to a local XCollector agent by UDP instead of
// sending them to a store: "" is its usual address, 127.0.0.1:8953. UDP
// acknowledges nothing; see [transport.WithXCollector]. Endpoint, token and all else
// of HTTP are the agent's then.
func WithXCollector(addr string) Option { return fromTransport(transport.WithXCollector(addr)) }

// newWire makes the way out; every problem with its options is in the error.
func (c *config) newWire() (wire.Wire, error) {
	settings := wire.NewSettings()
	settings.Lookup, settings.Warn = c.lookup, c.handle
	for _, opt := range c.transport {
		opt(settings)
	}
	return settings.Wire()
}
