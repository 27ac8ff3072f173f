package apptuit

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/internal/collect"
	environ "github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/text"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Interval and time-out of a reader, as OpenTelemetry's SDK specification has them.
const (
	defaultInterval      = time.Minute
	defaultReaderTimeout = 30 * time.Second
	envInterval          = "OTEL_METRIC_EXPORT_INTERVAL" // milliseconds
	envReaderTimeout     = "OTEL_METRIC_EXPORT_TIMEOUT"  // milliseconds
)

// A ReaderOption changes one setting of [NewReader].
type ReaderOption func(*readerConfig)

type readerConfig struct {
	interval, timeout time.Duration
	producers         []sdkmetric.Producer
	limits            sdkmetric.CardinalityLimitSelector // nil for the provider's
}

// ReaderInterval sets how often a reader collects and exports. What is not above
// zero changes nothing. The default is a minute, or OTEL_METRIC_EXPORT_INTERVAL in
// milliseconds.
func ReaderInterval(d time.Duration) ReaderOption {
	return func(c *readerConfig) {
		if d > 0 {
			c.interval = d
		}
	}
}

// ReaderTimeout bounds one collection with its export, and a ForceFlush or Shutdown
// whose context has no deadline. What is not above zero changes nothing. The default
// is 30 seconds, or OTEL_METRIC_EXPORT_TIMEOUT in milliseconds.
func ReaderTimeout(d time.Duration) ReaderOption {
	return func(c *readerConfig) {
		if d > 0 {
			c.timeout = d
		}
	}
}

// ReaderProducer adds a source of metrics beside the instruments of the provider, as
// the SDK's WithProducer does for its readers. A producer that fails costs only what
// it did not give.
func ReaderProducer(p sdkmetric.Producer) ReaderOption {
	return func(c *readerConfig) {
		if p != nil {
			c.producers = append(c.producers, p)
		}
	}
}

// ReaderCardinalityLimits sets how many attribute sets an instrument of a kind may
// have, as the SDK's WithCardinalityLimitSelector does for its readers.
func ReaderCardinalityLimits(selector sdkmetric.CardinalityLimitSelector) ReaderOption {
	return func(c *readerConfig) { c.limits = selector }
}

// manualReader is what registers a Reader with a provider: the SDK's interface has
// methods that only the SDK can have.
type manualReader = sdkmetric.ManualReader

// printed is a text for whatever prints a value that works meanwhile: by each verb of
// fmt, by slog and by encoding/json.
type printed = text.Printed

// A Reader collects and exports at an interval, as the SDK's PeriodicReader does,
// and differs from it in this:
//
//   - A callback that fails costs what it did not observe. All else is exported.
//   - The processes of a fleet do not export at the same moment: the first export
//     comes after a part of the interval that a hash of host and process gives.
//   - ForceFlush and Shutdown return the errors of the callbacks, of the export and
//     of the exporter, joined.
//   - A callback that panics or does not return stops neither the program nor the
//     exporter; see [NewReader].
//
// It has no goroutine but while it collects and exports. Shutdown ends it. Its methods
// are safe for concurrent use.
type Reader struct {
	*manualReader
	printed
	readerConfig
	exporter sdkmetric.Exporter
	tell     func(...error)

	ctx  context.Context // of what the timer starts; Shutdown ends it
	stop context.CancelFunc

	// mu guards the timer.
	mu     sync.Mutex
	timer  *time.Timer
	due    time.Time // when the timer goes off
	closed bool

	// turn has room for one token. Who put it there collects and exports, and has
	// what follows.
	turn      chan struct{}
	running   *collect.Collection // one that is not exported yet; nil for none
	spare     *collect.Collection // one whose memory is free
	broken    bool                // the one before ended among its callbacks
	callbacks collect.Condition   // of collections
	exports   string              // what the export before said
	untold    []error             // told once the turn is over
}

var _ sdkmetric.Reader = (*Reader)(nil)

// NewReader returns a reader for a MeterProvider of the SDK, which exports to an
// [Exporter] or any other.
//
// A failing callback is told to the exporter's error handler ([WithErrorHandler]; of
// other exporters to [otel.Handle]), once when it begins, when the failure becomes
// another one, and when it ends. So is one that panics: the SDK ends a collection
// there, so that the instruments of the provider have no points in it, while
// producers have theirs. One that does not return holds up the collection of all
// instruments, as the SDK calls one after the other. The context of callbacks ends
// after half of the time that a collection with its export has; one that does not
// heed it is waited for a little longer, and is then told as another failure. Interval,
// ForceFlush and Shutdown go on with what the exporter holds. No second collection
// begins beside one that goes on; what that gives in the end is exported.
func NewReader(exporter sdkmetric.Exporter, opts ...ReaderOption) *Reader {
	r := &Reader{exporter: exporter, turn: make(chan struct{}, 1)}
	host, lookup := os.Hostname, environ.Lookup(os.LookupEnv)
	r.tell = handleAll
	if e, ok := exporter.(*Exporter); ok {
		e.readers.Add(1)
		host, lookup, r.tell, r.limits = e.cfg.hostname, e.cfg.lookup, e.sender.Tell, e.cfg.limits()
	}
	r.interval = r.milliseconds(lookup, envInterval, defaultInterval)
	r.timeout = r.milliseconds(lookup, envReaderTimeout, defaultReaderTimeout)
	for _, opt := range opts {
		opt(&r.readerConfig)
	}
	r.printed = text.NewPrinted(r.shown())
	r.manualReader = sdkmetric.NewManualReader(r.manualOptions()...)
	r.ctx, r.stop = context.WithCancel(context.Background())
	name, _ := host()
	r.start(phase(name, os.Getpid(), r.interval))
	return r
}

func (r *Reader) manualOptions() []sdkmetric.ManualReaderOption {
	opts := []sdkmetric.ManualReaderOption{
		sdkmetric.WithTemporalitySelector(r.exporter.Temporality),
		sdkmetric.WithAggregationSelector(r.exporter.Aggregation),
	}
	if r.limits != nil {
		opts = append(opts, sdkmetric.WithCardinalityLimitSelector(r.limits))
	}
	return opts
}

// milliseconds reads a variable of OpenTelemetry as its own readers do: what is no
// whole number above zero is told, and the default holds.
func (r *Reader) milliseconds(lookup environ.Lookup, name string, otherwise time.Duration) time.Duration {
	value, ok := lookup.Get(name)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if d := time.Duration(n) * time.Millisecond; err == nil && n > 0 && d.Milliseconds() == n {
		return d
	}
	r.tell(fmt.Errorf("apptuit: %s: it is not a whole number of milliseconds above zero: it is taken as %d", name, otherwise.Milliseconds()))
	return otherwise
}

func handleAll(errs ...error) {
	for _, err := range errs {
		otel.Handle(err)
	}
}

// phase spreads processes over an interval: above zero, and no longer than it.
func phase(host string, process int, interval time.Duration) time.Duration {
	sum := sha256.Sum256([]byte(host + "\x00" + strconv.Itoa(process)))
	return time.Duration(binary.BigEndian.Uint64(sum[:])%uint64(interval)) + 1
}

// start lets the timer go off for the first time.
func (r *Reader) start(first time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.due = time.Now().Add(first)
	r.timer = time.AfterFunc(first, r.tick)
}

// tick is what the timer does.
func (r *Reader) tick() {
	defer r.restart()
	ctx, cancel := context.WithTimeout(r.ctx, r.timeout)
	defer cancel()
	if r.lock(ctx) != nil {
		return
	}
	defer r.unlock()
	if _, err := r.export(ctx); r.ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		r.noteExport(err)
	}
}

// restart sets the timer to the next moment of the interval; those that passed
// while an export went on are left out.
func (r *Reader) restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	now := time.Now()
	r.due = r.due.Add(r.interval)
	if behind := now.Sub(r.due); behind >= 0 {
		r.due = r.due.Add(behind.Truncate(r.interval) + r.interval)
	}
	r.timer.Reset(r.due.Sub(now))
}

// lock waits for the turn.
func (r *Reader) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// unlock ends the turn and then tells what came up.
func (r *Reader) unlock() {
	untold := r.untold
	r.untold = nil
	<-r.turn
	r.tell(untold...)
}

// export collects and exports, what is left of a collection before this one too. It
// returns the error of the callbacks and that of the export. Callbacks have half of
// the time that ctx has; they are waited for a little longer, and the rest is the export's.
func (r *Reader) export(ctx context.Context) (failed, err error) {
	var failures, errs []error
	next := func() {
		failed, err := r.exportNext(ctx)
		failures, errs = append(failures, failed), append(errs, err)
	}
	if r.running != nil || r.broken {
		next()
	}
	if r.running == nil && !r.broken && (len(errs) == 0 || ctx.Err() == nil) {
		next()
	}
	return collect.Joined(failures...), collect.Joined(errs...)
}

// exportNext exports one collection: the one that runs, or a new one.
func (r *Reader) exportNext(ctx context.Context) (failed, err error) {
	callbacks, cancel := share(ctx, 1, 2)
	defer cancel()
	wait, cancel := share(ctx, 3, 4)
	defer cancel()
	left := r.running != nil
	if !left {
		r.running, r.spare = cmp.Or(r.spare, &collect.Collection{}), nil
		r.running.Start(callbacks, collect.Source{Reader: r.manualReader, Producers: r.producers}, !r.broken)
	}
	failed, err = r.finish(wait, ctx)
	if left && r.ctx.Err() != nil && ctx.Err() == nil && errors.Is(failed, context.Canceled) {
		failed = nil // Shutdown ended it, and collects anew
	}
	return failed, err
}

// finish waits for the running collection and exports it.
func (r *Reader) finish(wait, ctx context.Context) (failed, err error) {
	c := r.running
	select {
	case <-c.Done:
	case <-wait.Done():
		return r.late(wait.Err()), nil
	}
	r.running, r.spare = nil, c
	if collect.Unusable(c.Err) {
		return c.Err, nil
	}
	if !c.None {
		r.broken = !c.Whole
	}
	failed = r.noteCollection(c.Err)
	if len(c.Metrics.ScopeMetrics) == 0 && (c.Err != nil || c.Settles) {
		return failed, nil
	}
	return failed, r.exporter.Export(ctx, &c.Metrics)
}

// late returns what is to be said of a collection that goes on. Where the caller gave
// up it has no fault.
func (r *Reader) late(cause error) error {
	err := &collect.Error{What: "has not returned in time", Err: cause}
	if errors.Is(cause, context.Canceled) {
		return err
	}
	return r.noteCollection(err)
}

// noteCollection keeps what is to be told of a collection.
func (r *Reader) noteCollection(err error) error {
	if r.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return err // Shutdown ended it
	}
	if news := r.callbacks.Next(err, time.Now()); news != nil {
		r.untold = append(r.untold, news)
	}
	return err
}

// noteExport keeps the error of an export that nobody asked for, unless it says
// what the one before did.
func (r *Reader) noteExport(err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != r.exports && err != nil {
		r.untold = append(r.untold, err)
	}
	r.exports = said
}

// Collect gathers what the instruments and the producers hold, and does not export
// it. What it gathered is there even where it returns an error of a callback.
func (r *Reader) Collect(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	err := r.manualReader.Collect(ctx, rm)
	if rm == nil || ctx.Err() != nil || collect.Unusable(err) {
		return err
	}
	errs := []error{err}
	for _, p := range r.producers {
		scopes, err := p.Produce(ctx)
		rm.ScopeMetrics = append(rm.ScopeMetrics, scopes...)
		errs = append(errs, err)
	}
	return collect.Joined(errs...)
}

// ForceFlush collects and exports now, and lets the exporter send what it holds. It
// returns the errors of callbacks, of the export and of the exporter, joined; after
// Shutdown it returns [sdkmetric.ErrReaderShutdown].
func (r *Reader) ForceFlush(ctx context.Context) error {
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	if r.ctx.Err() != nil {
		return sdkmetric.ErrReaderShutdown
	}
	err := r.flush(ctx)
	return collect.Joined(err, r.exporter.ForceFlush(ctx))
}

// flush collects and exports, and leaves time to the exporter.
func (r *Reader) flush(ctx context.Context) error {
	wait, cancel := share(ctx, 1, 2)
	defer cancel()
	if err := r.lock(wait); err != nil {
		return err
	}
	defer r.unlock()
	return collect.Joined(r.export(ctx))
}

// Shutdown collects and exports a last time, shuts the exporter down, and ends the
// reader. An [Exporter] that other readers of [NewReader] have too is flushed, and shut
// down with the last of them. It returns the errors of callbacks, of the export and of
// the exporter, joined; further calls return [sdkmetric.ErrReaderShutdown]. It takes no
// longer than ctx, or than the time-out of the reader where ctx has no deadline.
func (r *Reader) Shutdown(ctx context.Context) error {
	if !r.close() {
		return sdkmetric.ErrReaderShutdown
	}
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	err := r.flush(ctx)
	if errors.Is(err, sdkmetric.ErrReaderNotRegistered) {
		err = nil // there was nothing to collect
	}
	ended := r.manualReader.Shutdown(ctx)
	return collect.Joined(err, ended, r.endExporter(ctx))
}

// endExporter shuts the exporter down, unless another reader still exports to it.
func (r *Reader) endExporter(ctx context.Context) error {
	if e, ok := r.exporter.(*Exporter); ok && e.readers.Add(-1) > 0 && !e.stopped.Load() {
		return e.ForceFlush(ctx)
	}
	return r.exporter.Shutdown(ctx)
}

// close stops the timer, and an export that it began.
func (r *Reader) close() (first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first = !r.closed
	r.closed = true
	r.timer.Stop()
	r.stop()
	return first
}

// bounded gives a context without a deadline that of the reader's time-out.
func (r *Reader) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, limited := ctx.Deadline(); limited {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, r.timeout)
}

// share returns a context with a part of the time that ctx has left.
func share(ctx context.Context, part, of time.Duration) (context.Context, context.CancelFunc) {
	deadline, _ := ctx.Deadline()
	return context.WithTimeout(ctx, time.Until(deadline)/of*part)
}

// shown is what the reader is printed as: its interval, and where it sends; of an
// exporter that is none of ours the type alone.
func (r *Reader) shown() string {
	to := fmt.Sprintf("%T", r.exporter)
	if e, ok := r.exporter.(*Exporter); ok {
		to = e.String()
	}
	return "apptuit reader each " + r.interval.String() + " for " + to
}

// MarshalLog is what OpenTelemetry's logs show of the reader.
func (r *Reader) MarshalLog() any {
	return struct {
		Type              string
		Exporter          sdkmetric.Exporter
		Shutdown          bool
		Interval, Timeout time.Duration
	}{"apptuit", r.exporter, r.ctx.Err() != nil, r.interval, r.timeout}
}
