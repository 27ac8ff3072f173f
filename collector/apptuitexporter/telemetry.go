package apptuitexporter

import (
	"context"
	"fmt"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// A telemetry counts what becomes of points, beside what the Collector counts of data
// points.
type telemetry struct {
	id              attribute.KeyValue
	stored, dropped metric.Int64Counter
}

func newTelemetry(id component.ID, set component.TelemetrySettings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	t := &telemetry{id: attribute.String("exporter", id.String())}
	var err error
	t.stored, err = meter.Int64Counter("otelcol_exporter_apptuit_stored_points",
		metric.WithDescription("Points that the store has"), metric.WithUnit("{points}"))
	if err != nil {
		return nil, fmt.Errorf("apptuit: %w", err)
	}
	t.dropped, err = meter.Int64Counter("otelcol_exporter_apptuit_dropped_points",
		metric.WithDescription("Points given up, by reason"), metric.WithUnit("{points}"))
	if err != nil {
		return nil, fmt.Errorf("apptuit: %w", err)
	}
	return t, nil
}

func (t *telemetry) count(ctx context.Context, stored int, dropped map[encoding.Reason]int) {
	if stored > 0 {
		t.stored.Add(ctx, int64(stored), metric.WithAttributes(t.id))
	}
	for reason, n := range dropped {
		t.dropped.Add(ctx, int64(n), metric.WithAttributes(t.id, attribute.String("reason", string(reason))))
	}
}
