package opentsdbreceiver

import (
	"errors"

	"go.opentelemetry.io/collector/config/confighttp"
)

// Config is the configuration of the receiver.
type Config struct {
	// ServerConfig has endpoint, tls, auth, max_request_body_size and the rest of the
	// Collector's HTTP servers.
	ServerConfig confighttp.ServerConfig `mapstructure:",squash"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate says all that is wrong.
func (c *Config) Validate() error {
	var noEndpoint, noBound error
	if c.ServerConfig.NetAddr.Endpoint == "" {
		noEndpoint = errors.New("endpoint: it is empty: say where to listen, such as localhost:4242")
	}
	if c.ServerConfig.MaxRequestBodySize <= 0 {
		noBound = errors.New("max_request_body_size: it is not above zero: a request needs a bound")
	}
	return errors.Join(noEndpoint, noBound)
}
