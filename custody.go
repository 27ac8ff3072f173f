package apptuit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/observ"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/transport"
)

// Why points that Export accepted are given up without the store's word.
const (
	ErrQueueFull encoding.Reason = "queue_full" // the oldest made room for the newest
	ErrShutdown  encoding.Reason = "shutdown"   // left in memory when the exporter ended
	ErrDamaged   encoding.Reason = "damaged"    // their record in the spool cannot be read
)

// custody has the batches that Export accepted until the store has them or they
// are given up. One goroutine, the sender, owns the wire; it runs while there is
// something to send.
//
// The oldest batch goes first. While the store is in trouble all batches wait
// together; a batch that is in trouble alone steps aside, so that the others go
// on.
type custody struct {
	out      way
	observ   *observ.Exporter   // nil without a MeterProvider
	handle   func(error)        // the error handler; called without mu
	giveBack func([]byte)       // takes the memory of bodies that were sent
	ctx      context.Context    // of the wire; ends with the exporter
	cancel   context.CancelFunc // of ctx
	wake     chan struct{}      // holds one: there is something new to do

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
	changed  chan struct{} // closed when the sender got a verdict; nil where no one waits
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
	body    []byte
	lent    bool // body may be read yet
	points  int
	left    int // of its points, as of its last verdict
	receipt *receipt
	counted transport.SendError // what of it is in the figures
	told    transport.SendError // what of it an export or the error handler was told
	evicted bool                // the bound took its batch from the queue while it was on the wire

	// Once it stepped aside.
	waits    *transport.Backoff // nil before the first
	due      time.Time          // when it is tried again
	trips    int                // 500s in a row, aside or not
	outdone  bool               // another batch passed since its last attempt
	poisoned bool               // others pass where it meets 500
	refusal  *TroubleError      // the store takes no part of it; nil if it does
}

func newCustody(out way, handle func(error), q queue.Queue, giveBack func([]byte)) *custody {
	ctx, cancel := context.WithCancel(context.Background())
	c := &custody{
		out:      out,
		handle:   handle,
		giveBack: giveBack,
		ctx:      ctx,
		cancel:   cancel,
		wake:     make(chan struct{}, 1),
		queue:    q,
		receipts: map[uint64]*receipt{},
		wire:     newWire(),
	}
	c.lock()
	defer c.unlock()
	c.heed()
	return c
}

// observe begins to measure what happens to batches.
func (c *custody) observe(o *observ.Exporter) {
	c.lock()
	defer c.unlock()
	c.observ = o
	o.Accepted(c.points()) // what the spool held
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
	safe := true
	for _, b := range batches {
		safe = c.push(b, r) && safe
	}
	c.heed()
	if safe || c.wire.waits() {
		r.release()
	}
	c.start()
	return r, true
}

// push tells whether the batch outlives the process from now on.
func (c *custody) push(b encoding.Batch, r *receipt) (safe bool) {
	c.observ.Accepted(b.Points)
	seq, evicted, err := c.queue.Push(b)
	for _, e := range evicted {
		c.evict(e)
	}
	if err != nil {
		r.settle(lost(ErrQueueFull, b.Points, err))
		c.drop(ErrQueueFull, b.Points)
		return false
	}
	if c.queue.Lasts(seq) {
		return true
	}
	c.receipts[seq] = r
	return false
}

// heed tells what happened to the queue by itself.
func (c *custody) heed() {
	for _, n := range c.queue.Notices() {
		if n.Points == 0 {
			c.tell(fmt.Errorf("apptuit: %w", n.Err))
			continue
		}
		c.drop(ErrDamaged, n.Points)
		c.tell(lost(ErrDamaged, n.Points, n.Err))
	}
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

// tell lets the error handler hear err.
func (c *custody) tell(err error) { c.news = append(c.news, err) }

// broadcast wakes those who wait for a change.
func (c *custody) broadcast() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
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
