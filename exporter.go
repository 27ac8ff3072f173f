package apptuit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// An Exporter sends what a Reader collects to a store that takes the put
// protocol. Its methods are safe for concurrent use, and several readers may
// share one exporter.
type Exporter struct {
	cfg      *config
	client   *transport.Client
	stopped  atomic.Bool
	accepted atomic.Uint64 // points the store took

	// mu guards what follows; it is never held across the network.
	mu          sync.Mutex
	encoder     *encoding.Encoder
	transformer *transformer
}

var _ sdkmetric.Exporter = (*Exporter)(nil)

// New returns an exporter for an OpenTelemetry PeriodicReader. It does no I/O;
// every option and variable that is wrong is named in the error.
func New(opts ...Option) (*Exporter, error) {
	cfg, err := newConfig(opts)
	client, clientErr := transport.New(cfg.transportOptions()...)
	if err = errors.Join(err, clientErr); err != nil {
		return nil, fmt.Errorf("apptuit: %w", err)
	}
	e := &Exporter{cfg: cfg, client: client, encoder: encoding.NewEncoder(client.EncoderConfig())}
	e.transformer = newTransformer(cfg, e.encoder.Append)
	return e, nil
}

func (c *config) transportOptions() []transport.Option {
	own := []transport.Option{
		transport.WithEnv(c.lookup),
		transport.WithWarningHandler(c.handle),
	}
	return append(own, c.transport...)
}

// Temporality returns what the temporality selector says of kind.
func (e *Exporter) Temporality(kind sdkmetric.InstrumentKind) metricdata.Temporality {
	return e.cfg.temporality(kind)
}

// Aggregation returns what the aggregation selector says of kind.
func (e *Exporter) Aggregation(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return e.cfg.aggregation(kind)
}

// Export sends a collection and returns when the store has it, or when ctx
// ends. Faults that pass are tried again until then.
//
// The error is nil, or holds a [*transport.SendError] that counts the points
// dropped by reason; a series whose points cannot be sent is told once. After
// Shutdown it is [sdkmetric.ErrExporterShutdown]. rm is neither kept nor
// changed.
func (e *Exporter) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	if e.stopped.Load() {
		return sdkmetric.ErrExporterShutdown
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("apptuit: nothing was collected into the export: %w", err)
	}
	batches, refused, heard := e.encode(rm)
	for _, err := range heard {
		e.cfg.handle(fmt.Errorf("apptuit: %w", err))
	}
	return errors.Join(refused, e.deliver(ctx, batches))
}

// encode turns a collection into batches; refused tells of points that cannot
// be sent, heard is for the error handler.
func (e *Exporter) encode(rm *metricdata.ResourceMetrics) (batches []encoding.Batch, refused error, heard []error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.transformer.transform(rm, time.Now())
	drops := &e.transformer.drops
	if drops.first != nil {
		refused = &transport.SendError{Dropped: drops.told, Err: drops.first}
	}
	return e.encoder.Flush(), refused, drops.heard()
}

func (e *Exporter) deliver(ctx context.Context, batches []encoding.Batch) error {
	var errs []error
	for _, batch := range batches {
		err := e.client.Deliver(ctx, batch)
		e.accepted.Add(stored(batch, err))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// stored returns how many points of a batch the store took.
func stored(batch encoding.Batch, err error) uint64 {
	var sendErr *transport.SendError
	if errors.As(err, &sendErr) {
		return uint64(sendErr.Stored)
	}
	return uint64(batch.Points)
}

// ForceFlush has nothing to wait for: an export ends with its points stored or
// its error returned.
func (e *Exporter) ForceFlush(ctx context.Context) error { return ctx.Err() }

// Shutdown ends the exporter: later exports return
// [sdkmetric.ErrExporterShutdown], as does a second Shutdown.
func (e *Exporter) Shutdown(ctx context.Context) error {
	if e.stopped.Swap(true) {
		return sdkmetric.ErrExporterShutdown
	}
	e.client.CloseIdleConnections()
	return ctx.Err()
}

// Stats is what an exporter did since it was made.
type Stats struct {
	// Sent counts the points that the store took.
	Sent uint64
	// Dropped counts, by reason, the points that could not be sent.
	Dropped map[encoding.Reason]uint64
	// DroppedTags counts the tags left out of series, once for each series.
	DroppedTags uint64
}

// Stats returns a snapshot.
func (e *Exporter) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	drops := &e.transformer.drops
	return Stats{Sent: e.accepted.Load(), Dropped: drops.snapshot(), DroppedTags: drops.tags}
}

// MarshalLog is what OpenTelemetry's logs show of the exporter.
func (e *Exporter) MarshalLog() any {
	return struct{ Type, Endpoint string }{"apptuit", e.client.Endpoint()}
}
