package apptuit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/observ"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/transport"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// endGrace is how long Shutdown waits for the sender beyond its context.
const endGrace = time.Second

// Why points that Export accepted are given up without the store's word.
const (
	ErrQueueFull encoding.Reason = "queue_full" // the oldest made room for the newest
	ErrShutdown  encoding.Reason = "shutdown"   // left in memory when the exporter ended
)

// custody has the batches that Export accepted until the store has them or they
// are given up. One goroutine, the sender, owns the wire; it runs while there is
// something to send.
//
// The oldest batch goes first. While the store is in trouble all batches wait
// together; a batch that is in trouble alone steps aside, so that the others go
// on.
type custody struct {
	client *transport.Client
	observ *observ.Exporter   // nil without a MeterProvider
	handle func(error)        // the error handler; called without mu
	ctx    context.Context    // of the wire; ends with the exporter
	cancel context.CancelFunc // of ctx
	wake   chan struct{}      // holds one: there is something new to do

	mu       sync.Mutex
	queue    queue.Queue
	begun    uint64              // the number of the last batch taken from the queue
	receipts map[uint64]*receipt // of batches not begun
	head     *delivery           // the one at the front, if begun
	aside    []*delivery         // those that stepped aside, oldest first
	onWire   *delivery           // the one that the sender is busy with, without mu
	running  bool                // there is a sender
	ended    chan struct{}       // closed when the latest sender is gone; nil before the first
	closed   bool                // nothing is accepted any more
	wire     wire
	changed  chan struct{} // closed and made anew when the sender got a verdict
	full     bool          // the queue was full and has not been empty since
	fullLost int           // points that went since because of it, and no export returned
	over     bool          // what was left has been counted as lost
	stats    Stats
	news     []error // for the error handler
}

// A delivery is a batch on its way.
type delivery struct {
	*transport.Delivery
	seq     uint64
	points  int
	left    int // of its points, as of its last verdict
	receipt *receipt
	counted *transport.SendError // what of it is in the figures
	told    *transport.SendError // what of it an export or the error handler was told
	evicted bool                 // the bound took its batch from the queue while it was on the wire

	// Once it stepped aside.
	waits    *transport.Backoff
	due      time.Time     // when it is tried again
	trips    int           // 500s in a row, aside or not
	outdone  bool          // another batch passed since its last attempt
	poisoned bool          // others pass where it meets 500
	refusal  *TroubleError // the store takes no part of it; nil if it does
}

func newCustody(client *transport.Client, handle func(error), bound int64) *custody {
	ctx, cancel := context.WithCancel(context.Background())
	return &custody{
		client:   client,
		handle:   handle,
		ctx:      ctx,
		cancel:   cancel,
		wake:     make(chan struct{}, 1),
		queue:    queue.NewMemory(bound),
		receipts: map[uint64]*receipt{},
		wire:     newWire(),
		changed:  make(chan struct{}),
	}
}

// observe begins to measure what happens to batches.
func (c *custody) observe(o *observ.Exporter) {
	c.lock()
	defer c.unlock()
	c.observ = o
}

// lock and unlock guard the state; unlock passes the news on afterwards, for the
// error handler is foreign code.
func (c *custody) lock() { c.mu.Lock() }

func (c *custody) unlock() {
	news := c.news
	c.news = nil
	c.mu.Unlock()
	for _, err := range news {
		c.handle(err)
	}
}

// accept takes batches and returns a receipt for their first verdicts, or false
// after close.
func (c *custody) accept(batches []encoding.Batch) (*receipt, bool) {
	c.lock()
	defer c.unlock()
	if c.closed {
		return nil, false
	}
	r := newReceipt(batches)
	for _, b := range batches {
		c.push(b, r)
	}
	if c.wire.waits() {
		r.release()
	}
	c.start()
	return r, true
}

func (c *custody) push(b encoding.Batch, r *receipt) {
	c.observ.Accepted(b.Points)
	seq, evicted, err := c.queue.Push(b)
	for _, e := range evicted {
		c.evict(e)
	}
	if err != nil {
		r.settle(lost(ErrQueueFull, b.Points, err))
		c.drop(ErrQueueFull, b.Points)
		return
	}
	c.receipts[seq] = r
}

func lost(reason encoding.Reason, points int, cause error) *transport.SendError {
	return &transport.SendError{Dropped: map[encoding.Reason]int{reason: points}, Err: cause}
}

// start sees to it that there is a sender, and that it looks again.
func (c *custody) start() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
	if c.running || c.queue.Size().Batches == 0 || c.ctx.Err() != nil {
		return
	}
	c.running, c.ended = true, make(chan struct{})
	go c.run(c.ended)
}

// evict counts a batch that the bound took. The one on the wire may yet arrive.
func (c *custody) evict(e queue.Entry) {
	d := c.delivery(e.Seq)
	switch {
	case d == nil:
		c.drop(ErrQueueFull, e.Batch.Points)
		c.overflow(e.Batch.Points, c.receipts[e.Seq].settle(lost(ErrQueueFull, e.Batch.Points, nil)))
		delete(c.receipts, e.Seq)
	case d == c.onWire:
		d.evicted = true
	default:
		c.giveUp(d)
	}
}

// giveUp drops what is left of a delivery whose batch the bound took.
func (c *custody) giveUp(d *delivery) {
	points := d.Left()
	d.Reject(ErrQueueFull)
	c.overflow(points, c.finish(d))
}

func (c *custody) delivery(seq uint64) *delivery {
	for _, d := range c.deliveries() {
		if d.seq == seq {
			return d
		}
	}
	return nil
}

// deliveries returns all that have begun.
func (c *custody) deliveries() []*delivery {
	all := slices.Clone(c.aside)
	if c.head != nil {
		all = append(all, c.head)
	}
	return all
}

// overflow tells once that the queue is full, and counts until it is empty what
// no export returns.
func (c *custody) overflow(points int, returned bool) {
	if !c.full {
		c.full = true
		c.tell(fmt.Errorf("apptuit: %s: the queue is full, the oldest points are dropped from now on: %w",
			c.client.Endpoint(), ErrQueueFull))
	}
	if !returned {
		c.fullLost += points
	}
}

// refill tells how many points went once the queue is empty again.
func (c *custody) refill() {
	if !c.full || c.queue.Size().Batches > 0 {
		return
	}
	ended := &transport.SendError{Err: fmt.Errorf("%s: the queue was full and is empty again", c.client.Endpoint())}
	if c.fullLost > 0 {
		ended.Dropped = map[encoding.Reason]int{ErrQueueFull: c.fullLost}
	}
	c.tell(ended)
	c.full, c.fullLost = false, 0
}

func (c *custody) drop(reason encoding.Reason, points int) {
	if c.stats.Dropped == nil {
		c.stats.Dropped = map[encoding.Reason]uint64{}
	}
	c.stats.Dropped[reason] += uint64(points)
	c.observ.Dropped(string(reason), points)
}

// count takes what became of the points of d since it was last called into the
// figures.
func (c *custody) count(d *delivery) {
	all := d.Report(nil)
	fresh := since(all, d.counted)
	d.counted, d.left = all, d.Left()
	c.stats.Sent += uint64(fresh.Stored)
	c.observ.Stored(fresh.Stored)
	for reason, n := range fresh.Dropped {
		c.drop(reason, n)
	}
}

// report returns what became of the points of d and was not told before; what is
// left is unsent because of cause.
func (d *delivery) report(cause error) *transport.SendError {
	all := d.Report(cause)
	fresh := since(all, d.told)
	d.told = all
	return fresh
}

// finish takes a delivery that has nothing left to send out of custody. The
// export that brought it returns what was dropped, which it tells, or, where it
// has returned, the error handler hears it: never both.
func (c *custody) finish(d *delivery) (returned bool) {
	d.Reject(transport.ErrRejected) // nothing, unless the search ended early
	c.queue.Remove(d.seq)
	if c.head == d {
		c.head = nil
	}
	c.aside = slices.DeleteFunc(c.aside, func(other *delivery) bool { return other == d })
	c.count(d)
	returned = c.settle(d)
	c.refill()
	return returned
}

func (c *custody) settle(d *delivery) (returned bool) {
	report := d.report(nil)
	if d.receipt.settle(report) {
		return true
	}
	delete(report.Dropped, ErrQueueFull) // overflow tells of that
	if len(report.Dropped) > 0 {
		c.tell(report)
	}
	return false
}

// tell lets the error handler hear err.
func (c *custody) tell(err error) { c.news = append(c.news, err) }

// broadcast wakes those who wait for a change.
func (c *custody) broadcast() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// result ends the waiting of an export and returns its report: what was dropped
// and why, and how many points are kept; nil where there is nothing to say.
func (c *custody) result(r *receipt) *transport.SendError {
	c.lock()
	defer c.unlock()
	r.release()
	report := r.report
	dropped := 0
	for _, n := range report.Dropped {
		dropped += n
	}
	if dropped == 0 && report.Err == nil {
		return nil
	}
	report.Unsent, report.Kept = 0, r.points-report.Stored-dropped
	return &report
}

// flush tries on, from the shortest wait, until nothing is left, until ctx ends,
// or until it is clear that a person has to do something first. The error says
// how much is left, and why.
func (c *custody) flush(ctx context.Context) error {
	c.lock()
	defer c.unlock()
	c.hurry()
	holds := c.wire.holds
	for c.queue.Size().Batches > 0 {
		if c.wire.holds > holds {
			return c.left(nil)
		}
		changed := c.changed
		c.unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		c.lock()
		if err := ctx.Err(); err != nil && c.queue.Size().Batches > 0 {
			return c.left(err)
		}
	}
	if c.over && c.stats.Dropped[ErrShutdown] > 0 {
		return sdkmetric.ErrExporterShutdown
	}
	return nil
}

// hurry ends all waits.
func (c *custody) hurry() {
	c.wire.reset()
	for _, d := range c.deliveries() {
		d.due = time.Time{}
		d.waits.Reset()
	}
	c.start()
}

// left is the error of points that are still in custody.
func (c *custody) left(end error) error {
	cause := end
	if t := c.wire.trouble; t != nil {
		cause = t.Err
		if end != nil {
			cause = fmt.Errorf("%w (%w)", t.Err, end)
		}
	}
	return &transport.SendError{Kept: c.points(), Err: cause}
}

// close flushes, ends the sender, and counts what is left as lost.
func (c *custody) close(ctx context.Context) error {
	c.lock()
	c.closed = true
	c.unlock()
	err := c.flush(ctx)
	c.cancel()
	c.awaitSender()
	return errors.Join(c.end(err), c.observ.Close())
}

// awaitSender waits until the sender is gone: at once, unless a token source, a
// RoundTripper or the error handler does not let go.
func (c *custody) awaitSender() {
	c.lock()
	ended := c.ended
	c.unlock()
	if ended == nil {
		return
	}
	timer := time.NewTimer(endGrace)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

// end counts what is left as lost, because of err, and forgets it.
func (c *custody) end(err error) error {
	c.lock()
	defer c.unlock()
	points := c.points()
	for _, d := range c.deliveries() {
		if d != c.onWire {
			c.settle(d)
		}
	}
	c.releaseAll()
	c.queue, c.head, c.aside, c.receipts = queue.NewMemory(0), nil, nil, nil
	c.over = true
	c.refill()
	c.broadcast()
	if points == 0 {
		return nil
	}
	c.drop(ErrShutdown, points)
	return lost(ErrShutdown, points, asSendError(err).Err)
}

// points counts what is in custody.
func (c *custody) points() int {
	n := c.queue.Size().Points
	for _, d := range c.deliveries() {
		n += d.left
		if !d.evicted {
			n -= d.points
		}
	}
	return n
}

// size is what the queue holds, for the exporter's own metrics.
func (c *custody) size() (batches int, bytes int64) {
	c.lock()
	defer c.unlock()
	size := c.queue.Size()
	return size.Batches, size.Bytes
}

func (c *custody) snapshot() Stats {
	c.lock()
	defer c.unlock()
	s := c.stats
	s.Dropped = maps.Clone(s.Dropped)
	size := c.queue.Size()
	s.QueuedBatches, s.QueuedBytes, s.QueuedPoints = size.Batches, size.Bytes, c.points()
	return s
}
