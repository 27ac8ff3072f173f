package autoexport

import (
	"context"

	apptuit "github.com/apptuitai/apptuit-go"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// Name is what OTEL_METRICS_EXPORTER has to say.
const Name = "apptuit"

func init() { autoexport.RegisterMetricReader(Name, newReader) }

// newReader is called with the registry's lock held: it must not use the
// registry.
func newReader(context.Context) (sdkmetric.Reader, error) {
	exporter, err := apptuit.New(apptuit.WithMeterProvider(otel.GetMeterProvider()))
	if err != nil {
		return nil, err
	}
	return apptuit.NewReader(exporter), nil
}
