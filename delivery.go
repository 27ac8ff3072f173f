package apptuit

import (
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// An item is a batch on its way.
type item struct {
	*delivery.Delivery
	seq     uint64
	body    []byte
	lent    bool // net/http may yet read body
	points  int
	left    int // of its points, as of its last verdict
	waiter  *waiter
	counted delivery.Report // what of it is in the figures
	told    delivery.Report // what of it an export or the error handler was told
	evicted bool            // the bound took its batch from the queue while it was on the wire

	// Once it is deferred.
	waits        *wire.Backoff // nil before the first
	due          time.Time     // when it is tried again
	serverErrors int           // 500s in a row, deferred or not
	outdone      bool          // another batch passed since its last attempt
	poisoned     bool          // others pass where it meets 500

	// Once the store takes no part of it.
	refused  time.Time     // since when; zero where it does
	refusal  *TroubleError // what was told of it; nil for nothing
	searched bool          // each part was tried
	hurried  bool          // it was not tried since a flush began
}

func newItem(e queue.Entry, w *waiter) *item {
	return &item{
		Delivery: delivery.New(e.Batch),
		seq:      e.Seq,
		body:     e.Batch.Body,
		points:   e.Batch.Points,
		left:     e.Batch.Points,
		waiter:   w,
	}
}

// report returns what became of its points and was not told before; what is left
// is unsent because of cause.
func (d *item) report(cause error) delivery.Report {
	all := d.Report(cause)
	fresh := since(all, &d.told)
	d.told = *all
	return fresh
}

// wait returns how long it is deferred.
func (d *item) wait(o wire.Outcome) time.Duration {
	if d.waits == nil {
		d.waits = wire.NewBackoff()
	}
	return d.waits.Next(o.RetryAfter)
}

// hurry ends its wait.
func (d *item) hurry() {
	d.due, d.hurried = time.Now(), true
	if d.waits != nil {
		d.waits.Reset()
	}
}
