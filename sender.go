package apptuit

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/internal/observ"
	"github.com/apptuitai/apptuit-go/transport"
)

const (
	maxAside     = 8         // batches that stepped aside at one time
	asideAfter   = 3         // 500s in a row after which a batch lets another try
	refusedLimit = time.Hour // for a batch of which the store takes no part
)

// run is the sender: the one goroutine that is on the wire. It ends when there
// is nothing left to send, or when the exporter ends.
func (c *custody) run(ended chan struct{}) {
	defer close(ended)
	for {
		d, wait := c.next()
		switch {
		case d != nil:
			c.attempt(d)
		case wait > 0:
			c.sleep(wait)
		default:
			return
		}
	}
}

// next returns the delivery to attempt now, or how long to wait. Neither means
// that the sender has ended.
func (c *custody) next() (*delivery, time.Duration) {
	c.lock()
	defer c.unlock()
	now := time.Now()
	if c.ctx.Err() == nil {
		if wait := c.wire.until.Sub(now); wait > 0 {
			return nil, wait
		}
		if c.onWire = c.due(now); c.onWire != nil {
			return c.onWire, 0
		}
		if wait, waiting := c.firstDue(now); waiting {
			return nil, wait
		}
	}
	c.running = false
	c.broadcast()
	return nil, 0
}

// due returns a delivery that stepped aside and may be tried again, else the one
// at the front.
func (c *custody) due(now time.Time) *delivery {
	for _, d := range c.aside {
		if !d.due.After(now) {
			return d
		}
	}
	if c.head == nil {
		c.head = c.begin()
	}
	return c.head
}

// begin takes the next batch from the queue, which still holds it.
func (c *custody) begin() *delivery {
	e, ok := c.queue.Next(c.begun)
	if !ok {
		return nil
	}
	c.begun = e.Seq
	d := &delivery{
		Delivery: transport.NewDelivery(e.Batch),
		seq:      e.Seq,
		points:   e.Batch.Points,
		receipt:  c.receipts[e.Seq],
		waits:    transport.NewBackoff(),
	}
	delete(c.receipts, e.Seq)
	return d
}

func (c *custody) firstDue(now time.Time) (wait time.Duration, waiting bool) {
	if len(c.aside) == 0 {
		return 0, false
	}
	first := slices.MinFunc(c.aside, func(a, b *delivery) int { return a.due.Compare(b.due) })
	return first.due.Sub(now), true
}

func (c *custody) sleep(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.wake:
	case <-c.ctx.Done():
	}
}

// attempt is the one place where a batch is on the wire; no lock is held.
func (c *custody) attempt(d *delivery) {
	begun := time.Now()
	o, step := c.client.Attempt(c.ctx, d.Delivery)
	c.observ.Attempted(measured(o, step, time.Since(begun)))
	renewed := step == transport.StepHold && needsToken(o) && c.client.TokenRenewed(c.ctx)
	c.lock()
	defer c.unlock()
	c.onWire = nil
	if c.ctx.Err() != nil {
		return // Shutdown counts what is left
	}
	c.record(d, o, step, renewed)
	c.broadcast()
}

// measured names the kind of an error as the conventions do: by the status, where
// there is one.
func measured(o transport.Outcome, step transport.Step, took time.Duration) observ.Attempt {
	a := observ.Attempt{Time: took, Status: o.Status, Bytes: o.Bytes}
	a.Again = step == transport.StepWait || step == transport.StepHold
	switch {
	case o.Verdict == transport.Delivered:
	case o.Status != 0:
		a.Error = strconv.Itoa(o.Status)
	case o.Timeout:
		a.Error = "timeout"
	default:
		a.Error = "connection"
	}
	return a
}

func needsToken(o transport.Outcome) bool {
	return o.Status == http.StatusUnauthorized || o.Status == http.StatusForbidden
}

// record takes the verdict of an attempt.
func (c *custody) record(d *delivery, o transport.Outcome, step transport.Step, renewed bool) {
	passed := o.Verdict == transport.Delivered || o.Verdict == transport.DropListed
	if passed {
		c.passed(d)
	}
	switch {
	case step == transport.StepDone:
		c.finish(d)
	case d.evicted:
		c.giveUp(d)
	case step == transport.StepProceed, renewed:
		d.due = time.Time{}
	case passed:
		c.stepAside(d, o)
	case step == transport.StepHold && o.Verdict == transport.Hold:
		c.hold(d, o)
	case step == transport.StepHold:
		c.refuse(d, o)
	default:
		c.retry(d, o)
	}
}

// passed notes that the store takes points.
func (c *custody) passed(d *delivery) {
	now := time.Now()
	c.stats.LastSuccess, c.stats.Failures = now, 0
	for _, other := range c.aside {
		other.outdone = other.outdone || other != d
	}
	d.trips, d.refused = 0, time.Time{}
	c.wire.reset()
	if t := c.wire.trouble; t != nil {
		c.wire.trouble = nil
		ended := *t
		ended.Ended = max(now.Sub(t.Since), 1)
		c.news = append(c.news, &ended)
	}
}

// trouble notes that the store takes nothing, and lets all exports return. It is
// told once, and once more where it turns out that a person is needed.
func (c *custody) trouble(d *delivery, o transport.Outcome, hold bool) {
	c.stats.Failures++
	defer c.releaseAll()
	t := c.wire.trouble
	if t != nil && (t.Hold || !hold) {
		return
	}
	begun := &TroubleError{Endpoint: c.client.Endpoint(), Since: time.Now(), Hold: hold, Err: o.Err}
	if t != nil {
		begun.Since = t.Since
	}
	c.wire.trouble = begun
	if !hold || !d.receipt.add(d.Report(o.Err)) {
		c.tell(begun)
	}
}

// releaseAll lets every export return: its batches wait.
func (c *custody) releaseAll() {
	for _, r := range c.receipts {
		r.release()
	}
	for _, d := range append(slices.Clone(c.aside), c.head) {
		if d != nil {
			d.receipt.release()
		}
	}
}

// hold waits until a person has changed something; all batches do.
func (c *custody) hold(d *delivery, o transport.Outcome) {
	c.wire.holds++
	c.trouble(d, o, true)
	c.wire.until = time.Now().Add(c.wire.hold.Next(o.RetryAfter))
}

// retry waits for the store. A batch that meets 500 again and again lets another
// one try: where that passes, the fault is in the batch, which is then cut down
// to the points at fault.
func (c *custody) retry(d *delivery, o transport.Outcome) {
	if o.Status != http.StatusInternalServerError {
		d.trips = 0
		c.trouble(d, o, false)
		c.wire.until = time.Now().Add(c.wire.retry.Next(o.RetryAfter))
		return
	}
	d.trips++
	if d != c.head {
		if d.outdone {
			d.Bisect()
		}
		c.stepAside(d, o)
		return
	}
	c.trouble(d, o, false)
	c.wire.until = time.Now().Add(c.wire.retry.Next(o.RetryAfter))
	if d.trips >= asideAfter && !c.suspects() {
		c.stepAside(d, o)
	}
}

// suspects tells whether a batch stepped aside because of 500s, and no other
// batch has passed since.
func (c *custody) suspects() bool {
	return slices.ContainsFunc(c.aside, func(d *delivery) bool { return d.trips > 0 && !d.outdone })
}

// refuse keeps a batch of which the store takes no part and does not say why,
// for an hour: it may be the configuration.
func (c *custody) refuse(d *delivery, o transport.Outcome) {
	now := time.Now()
	if d.refused.IsZero() {
		d.refused, d.waits = now, transport.NewHoldBackoff()
		if report := d.Report(o.Err); !d.receipt.add(report) {
			c.tell(report)
		}
	}
	if now.Sub(d.refused) >= refusedLimit {
		d.Reject(transport.ErrRejected)
		c.finish(d)
		return
	}
	c.stepAside(d, o)
}

// stepAside lets the batches behind d go on, as long as not too many have done
// so: then all wait.
func (c *custody) stepAside(d *delivery, o transport.Outcome) {
	d.due = time.Now().Add(d.waits.Next(o.RetryAfter))
	d.receipt.release()
	if c.head != d {
		d.outdone = false
		return
	}
	if len(c.aside) >= maxAside {
		c.wire.until = d.due
		return
	}
	c.head = nil
	c.aside = append(c.aside, d)
}
