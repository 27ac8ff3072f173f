package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// promText is what a scrape of OpenTelemetry's Prometheus exporter costs, posted
// so that the server needs no other way in.
type promText struct {
	url      string
	registry *prom.Registry
	provider *sdkmetric.MeterProvider
	rm       *metricdata.ResourceMetrics // what a scrape is to find

	body bytes.Buffer
	gzip *gzip.Writer
}

func newPromText(to addresses) (exporter, error) {
	p := &promText{url: "http://" + to.HTTP + pathText, registry: prom.NewRegistry(), gzip: gzip.NewWriter(io.Discard)}
	reader, err := prometheus.New(prometheus.WithRegisterer(p.registry), prometheus.WithProducer(p))
	if err != nil {
		return nil, err
	}
	p.provider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(resourceAttributes))
	return p, nil
}

// Produce gives the exporter what is to be exported, in place of instruments.
func (p *promText) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	return p.rm.ScopeMetrics, nil
}

func (p *promText) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	p.rm = rm
	families, err := p.registry.Gather()
	if err != nil {
		return err
	}
	p.body.Reset()
	p.gzip.Reset(&p.body)
	text := expfmt.NewEncoder(p.gzip, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, family := range families {
		err = errors.Join(err, text.Encode(family))
	}
	if err = errors.Join(err, p.gzip.Close()); err != nil {
		return err
	}
	return post(ctx, p.url, string(expfmt.NewFormat(expfmt.TypeTextPlain)), p.body.Bytes())
}

func (p *promText) Shutdown(ctx context.Context) error { return p.provider.Shutdown(ctx) }

// promTextPoints: no min and max, but a sample for the resource.
func promTextPoints(s setting) int {
	return s.flat() - 2*s.Series/instruments*histograms + 1
}
