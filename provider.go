package apptuit

import (
	"context"
	"errors"
	"fmt"
	"time"

	environ "github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/process"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// A providerConfig is what NewMeterProvider sets up beside the exporter.
type providerConfig struct {
	interval time.Duration // 0: the reader's own, or OTEL_METRIC_EXPORT_INTERVAL
	runtime  bool
	process  bool
	given    []string // the options that ask for any of this

	cardinalityLimit int // of each instrument; 0: the SDK's own
}

// NewMeterProvider sets everything up in one call: the exporter, a
// PeriodicReader, OpenTelemetry's default resource with what
// OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say, the exporter's own metrics,
// and by option those of the runtime and of the process. ctx is for the detection
// of the resource alone.
//
// The provider's Shutdown sends what is left and ends all of it. opts are those of
// [New], and [WithInterval], [WithRuntimeMetrics] and [WithProcessMetrics].
func NewMeterProvider(ctx context.Context, opts ...Option) (*sdkmetric.MeterProvider, error) {
	e, err := newExporter(opts)
	if err != nil {
		return nil, err
	}
	p := e.cfg.provider
	var readerOpts []sdkmetric.PeriodicReaderOption
	if p.interval > 0 {
		readerOpts = append(readerOpts, sdkmetric.WithInterval(p.interval))
	}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(e, readerOpts...)),
		sdkmetric.WithResource(resource.DefaultWithContext(ctx)),
	)
	if err := p.start(e, provider); err != nil {
		return nil, errors.Join(err, provider.Shutdown(ctx))
	}
	return provider, nil
}

// start begins the measurements that the provider comes with.
func (p providerConfig) start(e *Exporter, provider *sdkmetric.MeterProvider) error {
	if e.cfg.meterProvider == nil {
		if err := e.observe(provider); err != nil {
			return err
		}
	}
	return p.measure(provider)
}

// measure begins the measurements of the program. Those of an exporter with a
// MeterProvider of its own come from the environment.
func (p providerConfig) measure(provider metric.MeterProvider) error {
	if p.runtime {
		if err := runtime.Start(runtime.WithMeterProvider(provider)); err != nil {
			return fmt.Errorf("apptuit: runtime metrics: %w", err)
		}
	}
	if p.process {
		if _, err := process.Start(provider, Version); err != nil {
			return fmt.Errorf("apptuit: process metrics: %w", err)
		}
	}
	return nil
}

// providerVariables are those that say what options of NewMeterProvider do.
var providerVariables = map[string]string{
	"WithRuntimeMetrics": environ.RuntimeMetrics,
	"WithProcessMetrics": environ.ProcessMetrics,
}

// forProvider is an option that only NewMeterProvider takes.
func forProvider(name string, set func(*providerConfig)) Option {
	return func(c *config) {
		c.inCode[providerVariables[name]] = true
		c.provider.given = append(c.provider.given, name)
		set(&c.provider)
	}
}

// refuseProviderOptions comes behind the options of New.
func refuseProviderOptions(c *config) {
	for _, name := range c.provider.given {
		c.fail("%s: this is an option of NewMeterProvider; New makes the exporter alone", name)
	}
}

// WithInterval sets how often [NewMeterProvider]'s reader collects and exports.
// The default is a minute, or OTEL_METRIC_EXPORT_INTERVAL in milliseconds.
func WithInterval(d time.Duration) Option {
	if d <= 0 {
		return func(c *config) { c.fail("WithInterval: %s is not above zero", d) }
	}
	return forProvider("WithInterval", func(p *providerConfig) { p.interval = d })
}

// WithRuntimeMetrics lets [NewMeterProvider] measure the Go runtime: memory,
// garbage collection, goroutines. APPTUIT_RUNTIME_METRICS=true does the same, and for
// an exporter with [WithMeterProvider] too.
func WithRuntimeMetrics() Option {
	return forProvider("WithRuntimeMetrics", func(p *providerConfig) { p.runtime = true })
}

// WithProcessMetrics lets [NewMeterProvider] measure the process: CPU time,
// memory, page faults, context switches, threads, open files.
// APPTUIT_PROCESS_METRICS=true does the same, and for an exporter with
// [WithMeterProvider] too.
func WithProcessMetrics() Option {
	return forProvider("WithProcessMetrics", func(p *providerConfig) { p.process = true })
}
