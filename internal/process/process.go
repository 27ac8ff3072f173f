package process

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

const scope = "github.com/apptuitai/apptuit-go"

// Start measures this process at each collection of provider, until Unregister.
// It is for once per provider: what two of them observe is added up.
func Start(provider metric.MeterProvider, version string) (metric.Registration, error) {
	return start(provider, version, read)
}

func start(provider metric.MeterProvider, version string, read func() reading) (metric.Registration, error) {
	m := provider.Meter(scope, metric.WithInstrumentationVersion(version), metric.WithSchemaURL(semconv.SchemaURL))
	in, err := newInstruments(m)
	if err != nil {
		return nil, fmt.Errorf("process metrics: %w", err)
	}
	registration, err := m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		in.report(o, read())
		return nil
	}, in.all...)
	if err != nil {
		return nil, fmt.Errorf("process metrics: %w", err)
	}
	return registration, nil
}
