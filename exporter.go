package apptuit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/observ"
	"github.com/apptuitai/apptuit-go/internal/sender"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/transform"
	"github.com/apptuitai/apptuit-go/internal/wire"
	"github.com/apptuitai/apptuit-go/transport"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// An Exporter sends what a Reader collects to a store that takes the put
// protocol. Its methods are safe for concurrent use, and several readers may
// share one exporter. It prints as one line, which names where it sends.
type Exporter struct {
	printed
	cfg     *config
	out     wire.Wire
	sender  *sender.Sender
	bodies  sender.Bodies
	stopped atomic.Bool
	readers atomic.Int32 // of [NewReader], that are not shut down

	// mu guards what follows; it is never held across the network or foreign code.
	mu          sync.Mutex
	encoder     *encoding.Encoder
	transformer *transform.Transformer // but for its Prepare
	observ      *observ.Exporter       // nil without a MeterProvider
}

var _ sdkmetric.Exporter = (*Exporter)(nil)

// New returns an exporter for a [Reader], or for a PeriodicReader of OpenTelemetry. It
// does no I/O but to open the spool, where there is to be one, and to read the files
// that variables name; every option and variable that is
// wrong is named in the error.
func New(opts ...Option) (*Exporter, error) {
	e, err := newExporter(append(slices.Clone(opts), refuseProviderOptions))
	if err != nil || e.cfg.meterProvider == nil {
		return e, err
	}
	if err := e.cfg.provider.measure(e.cfg.meterProvider); err != nil {
		return nil, errors.Join(err, e.Shutdown(context.Background()))
	}
	return e, nil
}

func newExporter(opts []Option) (*Exporter, error) {
	cfg, err := newConfig(opts)
	out, outErr := cfg.newWire()
	if err = errors.Join(err, outErr); err != nil {
		return nil, err
	}
	q, err := cfg.openQueue(out)
	if err != nil {
		return nil, err
	}
	e := &Exporter{cfg: cfg, out: out, printed: text.NewPrinted("apptuit exporter to " + out.Endpoint())}
	e.sender = sender.New(sender.Config{
		Wire: out, Queue: q, Spooled: cfg.spool.from != "", Handle: func(err error) { cfg.handle(public(err)) }, Free: e.bodies.Free,
	})
	points := out.EncoderConfig()
	points.Room = e.bodies.Room
	e.encoder = encoding.NewEncoder(points)
	made := cfg.transform()
	if points.Milliseconds {
		made.Moment = time.Millisecond
	}
	e.transformer = transform.New(made, e.encoder)
	if cfg.meterProvider == nil || cfg.selfMetrics == SelfMetricsNone {
		return e, nil
	}
	if err := e.observe(cfg.meterProvider); err != nil {
		return nil, errors.Join(err, q.Close(context.Background()))
	}
	return e, nil
}

// observe begins to measure the exporter itself.
func (e *Exporter) observe(provider metric.MeterProvider) error {
	o, err := observ.New(provider, Version, e.out.Endpoint(), e.ownQueue())
	if err != nil {
		return fmt.Errorf("apptuit: %w", err)
	}
	e.sender.Observe(o)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.observ = o
	return nil
}

// Temporality returns what the temporality selector says of kind, or the default of
// [WithTemporalitySelector].
func (e *Exporter) Temporality(kind sdkmetric.InstrumentKind) metricdata.Temporality {
	return e.cfg.temporalityOf(kind)
}

// Aggregation returns what the aggregation selector says of kind, or the default of
// [WithAggregationSelector].
func (e *Exporter) Aggregation(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return e.cfg.aggregationOf(kind)
}

// Export takes a collection into the queue, waits for the first attempt to send
// it, and returns nil where the store has it. It returns nil as well, at once,
// where older points wait for the store, where the store cannot be reached, or
// when ctx ends: the points are kept, with their own times, and sent as soon as
// they can be, so that an outage does not stop collection. With a spool it returns
// once the points are on disk, or when ctx ends.
//
// The error is a [*transport.SendError] where points were dropped, by reason, or
// where a person has to change something, such as the token; it counts all points
// of the collection. A series whose points cannot be sent is told once.
//
// Stores keep one point of a series for each second. Deltas that come in the second of
// others have the next one as their time, so that no store adds up too little; a third
// collection of deltas within a second waits for the next. With
// [WithMillisecondTimestamps] the same goes for milliseconds.
//
// After Shutdown the error is [sdkmetric.ErrExporterShutdown]. rm is neither kept nor
// changed.
func (e *Exporter) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	if e.stopped.Load() {
		return sdkmetric.ErrExporterShutdown
	}
	e.awaitMoment(ctx, rm)
	batches, left := e.encode(rm)
	e.countRefused(left.Dropped)
	e.sender.Tell(left.Warnings...)
	w := e.sender.Enqueue(batches)
	if w == nil {
		return sdkmetric.ErrExporterShutdown
	}
	select {
	case <-w.Done():
	case <-ctx.Done():
	}
	report := e.sender.Result(w)
	if refused := refusedBy(left); refused != nil {
		report.Add(refused)
	}
	if len(report.Dropped) == 0 && report.Err == nil {
		return nil
	}
	return transport.FromReport(&report)
}

// awaitMoment waits, at most a second or until ctx ends, where a collection of delta
// temporality comes so soon after others that its points would be in the future: they
// have seconds of their own.
func (e *Exporter) awaitMoment(ctx context.Context, rm *metricdata.ResourceMetrics) {
	for {
		e.mu.Lock()
		wait := e.transformer.Wait(rm, time.Now())
		e.mu.Unlock()
		if wait <= 0 {
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// encode turns a collection into batches, and reports what it left out.
func (e *Exporter) encode(rm *metricdata.ResourceMetrics) ([]encoding.Batch, transform.Report) {
	collection := e.transformer.Prepare(rm) // it may call foreign code
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bodies.Next()
	left := e.transformer.Collect(collection, time.Now())
	return e.encoder.Flush(), left
}

// countRefused counts points for the exporter's own metrics.
func (e *Exporter) countRefused(dropped map[encoding.Reason]int) {
	o := e.observer()
	if o == nil || len(dropped) == 0 {
		return
	}
	e.sender.Measure(func() {
		for reason, points := range dropped {
			o.Refused(string(reason), points)
		}
	})
}

// observer returns what measures the exporter itself; nil without a MeterProvider.
func (e *Exporter) observer() *observ.Exporter {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.observ
}

// ForceFlush tries to send what is in the queue until there is nothing left, until
// ctx ends, or until it is clear that a person has to change something first. The
// error is a [*transport.SendError] that says how much is kept, and why.
func (e *Exporter) ForceFlush(ctx context.Context) error {
	err := e.sender.Flush(ctx)
	if errors.Is(err, sender.ErrEnded) {
		return sdkmetric.ErrExporterShutdown
	}
	return public(err)
}

// Shutdown does what ForceFlush does, and then ends the exporter. What is left
// stays in the spool; without one it is lost, and the error, a
// [*transport.SendError], says how many points that are, and why. The error handler
// hears it too, for a PeriodicReader may show another error instead.
//
// It takes no longer than ctx, or than one attempt may where ctx has no deadline.
// Further calls do nothing and return nil. Where readers of [NewReader] share an
// exporter the last of them to shut down ends it; of other readers it is the first, so
// flush the others before that. Export returns [sdkmetric.ErrExporterShutdown] from then
// on.
func (e *Exporter) Shutdown(ctx context.Context) error {
	if e.stopped.Swap(true) {
		return nil
	}
	defer e.out.CloseIdleConnections()
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, e.out.Timeout())
		defer cancel()
	}
	err := public(e.sender.Close(ctx))
	if observing := e.observer().Close(); observing != nil {
		return errors.Join(err, observing) // seldom: else err is returned as it is
	}
	return err
}

// public returns an error of the sender as users know it.
func public(err error) error {
	switch e := err.(type) {
	case *delivery.Report:
		return transport.FromReport(e)
	case *sender.Trouble:
		return (*TroubleError)(e)
	}
	return err
}

// Stats returns a snapshot of what the exporter did and has.
func (e *Exporter) Stats() Stats {
	stats := statsOf(e.sender.Stats())
	left := e.leftOut()
	stats.DroppedTags = left.DroppedTags
	if stats.Dropped == nil {
		stats.Dropped = map[encoding.Reason]uint64{}
	}
	for reason, n := range left.Dropped {
		stats.Dropped[reason] += n
	}
	return stats
}

func (e *Exporter) leftOut() transform.Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.transformer.Stats()
}

// MarshalLog is what OpenTelemetry's logs show of the exporter.
func (e *Exporter) MarshalLog() any {
	return struct{ Type, Endpoint string }{"apptuit", e.out.Endpoint()}
}

// newWire makes the way out; every problem with its options is in the error.
func (c *config) newWire() (wire.Wire, error) {
	settings := c.settings
	c.settings = nil // it holds what is not to be printed with the exporter
	return settings.Wire()
}
