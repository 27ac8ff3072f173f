package opentsdbreceiver

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
)

// typ is the name of the receiver in a configuration.
var typ = component.MustNewType("opentsdb")

const (
	// metricsStability is how far the receiver is.
	metricsStability = component.StabilityLevelAlpha
	scopeName        = "github.com/apptuitai/apptuit-go/collector/opentsdbreceiver"

	defaultEndpoint = "localhost:4242"
	// maxBody bounds the bytes of a request, before and after it is decompressed.
	maxBody = 20 << 20
)

// NewFactory returns the factory that a Collector is built with.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(typ, createDefaultConfig, receiver.WithMetrics(createMetrics, metricsStability))
}

func createDefaultConfig() component.Config {
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr = confignet.AddrConfig{Endpoint: defaultEndpoint, Transport: confignet.TransportTypeTCP}
	server.MaxRequestBodySize = maxBody
	server.CompressionAlgorithms = []string{"", "gzip", "zlib", "deflate"}
	return &Config{ServerConfig: server}
}

func createMetrics(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Metrics) (receiver.Metrics, error) {
	return newReceiver(cfg.(*Config), set, next)
}
