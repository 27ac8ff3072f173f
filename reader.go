package apptuit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

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
	running   *collection // one that is not exported yet; nil for none
	spare     *collection // one whose memory is free
	broken    bool        // the one before ended among its callbacks
	callbacks condition   // of collections
	exports   string      // what the export before said
	untold    []error     // told once the turn is over
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
		host, lookup, r.tell, r.limits = e.cfg.hostname, e.cfg.lookup, e.sender.Tell, e.cfg.limits()
	}
	r.interval = r.milliseconds(lookup, envInterval, defaultInterval)
	r.timeout = r.milliseconds(lookup, envReaderTimeout, defaultReaderTimeout)
	for _, opt := range opts {
		opt(&r.readerConfig)
	}
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
// the time of ctx; they are waited for a little longer, and the rest is the export's.
func (r *Reader) export(ctx context.Context) (failed, err error) {
	callbacks, cancel := share(ctx, 1, 2)
	defer cancel()
	wait, cancel := share(ctx, 3, 4)
	defer cancel()
	var failures, errs []error
	next := func() {
		if r.running == nil {
			r.begin(callbacks)
		}
		failed, err := r.finish(wait, ctx)
		failures, errs = append(failures, failed), append(errs, err)
	}
	if r.running != nil || r.broken {
		next()
	}
	if r.running == nil && !r.broken {
		next()
	}
	return joined(failures...), joined(errs...)
}

// finish waits for the running collection and exports it.
func (r *Reader) finish(wait, ctx context.Context) (failed, err error) {
	c := r.running
	select {
	case <-c.done:
	case <-wait.Done():
		return r.late(wait.Err()), nil
	}
	r.running, r.spare = nil, c
	if unusable(c.err) {
		return c.err, nil
	}
	r.broken = !c.whole
	failed = r.noteCollection(c.err)
	if len(c.all.ScopeMetrics) == 0 && (c.err != nil || c.settle) {
		return failed, nil
	}
	return failed, r.exporter.Export(ctx, &c.all)
}

// late returns what is to be said of a collection that goes on. Where the caller gave
// up it has no fault.
func (r *Reader) late(cause error) error {
	err := &collectError{what: "has not returned in time", err: cause}
	if errors.Is(cause, context.Canceled) {
		return err
	}
	return r.noteCollection(err)
}

// unusable tells whether an error is of a reader that cannot collect at all.
func unusable(err error) bool {
	return errors.Is(err, sdkmetric.ErrReaderNotRegistered) || errors.Is(err, sdkmetric.ErrReaderShutdown)
}

// noteCollection keeps what is to be told of a collection.
func (r *Reader) noteCollection(err error) error {
	if news := r.callbacks.next(err, time.Now()); news != nil {
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
	if rm == nil || ctx.Err() != nil || unusable(err) {
		return err
	}
	errs := []error{err}
	for _, p := range r.producers {
		scopes, err := p.Produce(ctx)
		rm.ScopeMetrics = append(rm.ScopeMetrics, scopes...)
		errs = append(errs, err)
	}
	return joined(errs...)
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
	return joined(err, r.exporter.ForceFlush(ctx))
}

// flush collects and exports, and leaves time to the exporter.
func (r *Reader) flush(ctx context.Context) error {
	wait, cancel := share(ctx, 1, 2)
	defer cancel()
	if err := r.lock(wait); err != nil {
		return err
	}
	defer r.unlock()
	return joined(r.export(ctx))
}

// Shutdown collects and exports a last time, shuts the exporter down, and ends the
// reader. It returns the errors of callbacks, of the export and of the exporter,
// joined; further calls return [sdkmetric.ErrReaderShutdown]. It takes no longer than
// ctx, or than the time-out of the reader where ctx has no deadline.
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
	return joined(err, ended, r.exporter.Shutdown(ctx))
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

// MarshalLog is what OpenTelemetry's logs show of the reader.
func (r *Reader) MarshalLog() any {
	return struct {
		Type              string
		Exporter          sdkmetric.Exporter
		Shutdown          bool
		Interval, Timeout time.Duration
	}{"apptuit", r.exporter, r.ctx.Err() != nil, r.interval, r.timeout}
}

// A collection is one call of all callbacks and producers. Only its goroutine uses
// it until done is closed.
type collection struct {
	done chan struct{}
	own  metricdata.ResourceMetrics // of the instruments; the SDK uses its memory again
	all  metricdata.ResourceMetrics // with those of the producers, whose memory is theirs
	err  error

	whole  bool // all callbacks were called
	settle bool // it follows one that was not whole
}

// begin starts a collection.
//
// After one that ended among its callbacks the SDK still holds what those before
// had observed, and adds to it what they observe next. So the next collection gives
// only the changes that nobody can give again; their sum with those of the
// one behind it is right, and all else is that one's.
func (r *Reader) begin(ctx context.Context) {
	c := r.spare
	if c == nil {
		c = &collection{}
	}
	r.running, r.spare = c, nil
	c.done, c.err, c.settle = make(chan struct{}), nil, r.broken
	go func() {
		defer close(c.done)
		c.run(ctx, r)
	}()
}

func (c *collection) run(ctx context.Context, r *Reader) {
	c.all.ScopeMetrics = c.all.ScopeMetrics[:0]
	if c.whole = c.instruments(ctx, r.manualReader); c.whole {
		c.all.Resource = c.own.Resource
		c.all.ScopeMetrics = append(c.all.ScopeMetrics, c.own.ScopeMetrics...)
	}
	if c.settle {
		c.all.ScopeMetrics = changes(c.all.ScopeMetrics)
		return
	}
	if unusable(c.err) {
		return
	}
	for _, p := range r.producers {
		c.guard(func() error {
			scopes, err := p.Produce(ctx)
			c.all.ScopeMetrics = append(c.all.ScopeMetrics, scopes...)
			return err
		})
	}
}

// instruments collects those of the provider, and tells whether there are values of
// this collection: the SDK writes the resource once all callbacks have returned.
func (c *collection) instruments(ctx context.Context, from *manualReader) bool {
	before := c.own.Resource
	c.own.Resource = nil
	c.guard(func() error { return from.Collect(ctx, &c.own) })
	if c.own.Resource != nil {
		return true
	}
	c.own.Resource = before
	return false
}

// changes returns the metrics whose values are changes since the collection before.
func changes(scopes []metricdata.ScopeMetrics) []metricdata.ScopeMetrics {
	var all []metricdata.ScopeMetrics
	for _, sm := range scopes {
		sm.Metrics = slices.DeleteFunc(slices.Clone(sm.Metrics), func(m metricdata.Metrics) bool { return !isChange(m.Data) })
		if len(sm.Metrics) > 0 {
			all = append(all, sm)
		}
	}
	return all
}

func isChange(data metricdata.Aggregation) bool {
	temporality := metricdata.CumulativeTemporality
	switch data := data.(type) {
	case metricdata.Sum[int64]:
		temporality = data.Temporality
	case metricdata.Sum[float64]:
		temporality = data.Temporality
	case metricdata.Histogram[int64]:
		temporality = data.Temporality
	case metricdata.Histogram[float64]:
		temporality = data.Temporality
	case metricdata.ExponentialHistogram[int64]:
		temporality = data.Temporality
	case metricdata.ExponentialHistogram[float64]:
		temporality = data.Temporality
	}
	return temporality == metricdata.DeltaTemporality
}

// guard calls foreign code in a goroutine of its own, for it may end that.
func (c *collection) guard(f func() error) {
	err := error(&collectError{what: "ended its goroutine"})
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				err = &collectError{what: "panicked: " + text.Line(fmt.Sprint(v))}
			}
		}()
		err = f()
		if err != nil && !unusable(err) {
			err = &collectError{what: "failed", err: err}
		}
	}()
	<-done
	c.err = joined(c.err, err)
}

// A collectError is what went wrong in callbacks and producers.
type collectError struct {
	what string
	err  error // foreign
}

func (e *collectError) Error() string {
	const begin = "apptuit: a callback of an instrument, or a producer, "
	if e.err == nil {
		return begin + e.what
	}
	return begin + e.what + ": " + text.Line(e.err.Error())
}

func (e *collectError) Unwrap() error { return e.err }

// A condition tells of something that goes on: when it begins, when it becomes
// something else, when it ends.
type condition struct {
	kind  string // what is so, without its numbers; empty for nothing
	since time.Time
}

// next takes what is so now, and returns what is to be told.
func (c *condition) next(err error, now time.Time) error {
	kind := ""
	if err != nil {
		kind = withoutNumbers(err.Error())
	}
	if kind == c.kind {
		return nil
	}
	began := c.since
	if c.kind == "" {
		began = now
	}
	*c = condition{kind, began}
	if err == nil {
		return fmt.Errorf("apptuit: callbacks and producers work again, after %s", now.Sub(began).Round(time.Second))
	}
	return err
}

// withoutNumbers makes one of texts that differ by a port, a time or a count.
func withoutNumbers(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}

// joined returns the one error among errs as it is; several are joined.
func joined(errs ...error) error {
	var one error
	for i, err := range errs {
		if err == nil {
			continue
		}
		if one != nil {
			return errors.Join(append([]error{one}, errs[i:]...)...)
		}
		one = err
	}
	return one
}
