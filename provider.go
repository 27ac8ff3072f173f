package apptuit

import (
	"context"
	"errors"
	"fmt"
	"time"

	environ "github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/process"
	"github.com/apptuitai/apptuit-go/internal/text"
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
	views    []sdkmetric.View
	resource *resource.Resource // nil for OpenTelemetry's default
	given    []string           // the options that ask for any of this
}

// A MeterProvider is the SDK's, with the exporter that [NewMeterProvider] made.
type MeterProvider struct {
	*sdkmetric.MeterProvider
	printed
	exporter *Exporter
}

// Stats returns a snapshot of what the exporter did and has, as [Exporter.Stats] does.
func (p *MeterProvider) Stats() Stats { return p.exporter.Stats() }

// NewMeterProvider sets everything up in one call: the exporter, a [Reader],
// OpenTelemetry's default resource with what OTEL_RESOURCE_ATTRIBUTES and
// OTEL_SERVICE_NAME say, the exporter's own metrics ([WithSelfMetrics]), and by option
// those of the runtime and of the process. ctx is for the detection of the resource
// alone.
//
// What it returns is the SDK's provider, and has the exporter's Stats. Its Shutdown
// sends what is left and ends all of it: give it a context of some seconds, and look
// at the error. opts are those of [New], and [WithInterval], [WithViews],
// [WithCardinalityLimit], [WithResource], [WithRuntimeMetrics] and
// [WithProcessMetrics].
func NewMeterProvider(ctx context.Context, opts ...Option) (*MeterProvider, error) {
	e, err := newExporter(opts)
	if err != nil {
		return nil, err
	}
	p := e.cfg.provider
	provider := &MeterProvider{exporter: e, printed: text.NewPrinted("apptuit meter provider with " + e.String()), MeterProvider: sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(NewReader(e, ReaderInterval(p.interval))),
		sdkmetric.WithResource(p.resourceOr(ctx)),
		sdkmetric.WithView(p.views...),
	)}
	if err := p.start(e, provider); err != nil {
		return nil, errors.Join(err, provider.Shutdown(ctx))
	}
	return provider, nil
}

func (p providerConfig) resourceOr(ctx context.Context) *resource.Resource {
	if p.resource != nil {
		return p.resource
	}
	return resource.DefaultWithContext(ctx)
}

// start begins the measurements that the provider comes with.
func (p providerConfig) start(e *Exporter, provider *MeterProvider) error {
	if e.cfg.meterProvider == nil && e.cfg.selfMetrics != SelfMetricsNone {
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
	"WithCardinalityLimit": environ.CardinalityLimit,
	"WithRuntimeMetrics":   environ.RuntimeMetrics,
	"WithProcessMetrics":   environ.ProcessMetrics,
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

// WithViews lets [NewMeterProvider]'s instruments be seen otherwise: renamed, with
// fewer attributes, aggregated in another way, dropped. Several calls add up.
func WithViews(views ...sdkmetric.View) Option {
	return forProvider("WithViews", func(p *providerConfig) { p.views = append(p.views, views...) })
}

// WithResource sets the resource of [NewMeterProvider] instead of OpenTelemetry's
// default. OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME add what it does not have.
func WithResource(r *resource.Resource) Option {
	if r == nil {
		return func(c *config) { c.fail("WithResource: the resource is nil") }
	}
	return forProvider("WithResource", func(p *providerConfig) { p.resource = r })
}

// WithCardinalityLimit sets how many attribute sets each instrument of
// [NewMeterProvider] may have; below 1 there is no limit. What is measured beyond it
// is one series with the tag otel_metric_overflow, which is told once for each
// instrument. The SDK's default is 2,000. APPTUIT_CARDINALITY_LIMIT does the same, and
// for a [Reader] of [NewReader] too.
func WithCardinalityLimit(sets int) Option {
	option := forProvider("WithCardinalityLimit", func(*providerConfig) {})
	return func(c *config) {
		option(c)
		c.cardinality = &sets
	}
}

// limits returns what the options say of the attribute sets of instruments; nil for
// nothing.
func (c *config) limits() sdkmetric.CardinalityLimitSelector {
	if c.cardinality == nil {
		return nil
	}
	sets := *c.cardinality
	return func(sdkmetric.InstrumentKind) (int, bool) { return sets, false }
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

// A SelfMetrics says which metrics of the exporter itself are measured.
type SelfMetrics uint8

const (
	// SelfMetricsNone measures nothing.
	SelfMetricsNone SelfMetrics = iota + 1
	// SelfMetricsDefault measures what Apptuit's older reporters did,
	// apptuit.reporter.send.total, .successful, .failed and .time, and what
	// OpenTelemetry's convention asks for, otel.sdk.exporter.metric_data_point.exported
	// and .inflight and otel.sdk.exporter.operation.duration.
	SelfMetricsDefault
	// SelfMetricsAll adds apptuit.exporter.retries, .dropped by reason, .wire.size,
	// .queue.batches and .queue.size, and buckets of the durations.
	SelfMetricsAll
)

// WithSelfMetrics says what is measured of the exporter itself, where there is a
// provider for it: that of [NewMeterProvider] or [WithMeterProvider].
// APPTUIT_SELF_METRICS does the same.
func WithSelfMetrics(which SelfMetrics) Option {
	if which < SelfMetricsNone || which > SelfMetricsAll {
		return func(c *config) {
			c.fail("WithSelfMetrics: %d is not SelfMetricsNone, SelfMetricsDefault or SelfMetricsAll", which)
		}
	}
	return option(environ.SelfMetrics, func(c *config) { c.selfMetrics = which })
}
