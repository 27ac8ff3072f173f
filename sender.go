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
	maxAside     = 8         // batches that stepped aside since another one passed
	asideAfter   = 3         // 500s in a row after which a batch lets another try
	probeAfter   = 2         // batches that did so in vain before one is cut to try a part
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
// at the front. While the store is in trouble those that met a 500 come last:
// what was not tried tells more.
func (c *custody) due(now time.Time) *delivery {
	if d := c.dueAside(now, c.wire.trouble == nil); d != nil {
		return d
	}
	if c.head == nil {
		c.head = c.begin()
	}
	if c.head != nil {
		return c.head
	}
	return c.dueAside(now, true)
}

func (c *custody) dueAside(now time.Time, suspects bool) *delivery {
	for _, d := range c.aside {
		if !d.due.After(now) && (suspects || d.trips == 0 || d.due.IsZero()) {
			return d
		}
	}
	return nil
}

// begin takes the next batch from the queue, which still holds it.
func (c *custody) begin() *delivery {
	e, ok := c.queue.Next(c.begun)
	c.heed()
	if !ok {
		return nil
	}
	c.begun = e.Seq
	d := &delivery{
		Delivery: transport.NewDelivery(e.Batch),
		seq:      e.Seq,
		body:     e.Batch.Body,
		points:   e.Batch.Points,
		left:     e.Batch.Points,
		receipt:  c.receipts[e.Seq],
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
	o, step := c.out.Attempt(c.ctx, d.Delivery)
	took := time.Since(begun)
	renewed := step == transport.StepHold && needsToken(o) && c.out.TokenRenewed(c.ctx)
	c.lock()
	defer c.unlock()
	c.observ.Attempted(measured(o, step, took))
	if c.over {
		return
	}
	c.onWire = nil
	d.lent = d.lent || o.Lent
	c.count(d)
	if c.ctx.Err() != nil && step != transport.StepDone {
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
	// A list of points that were not sent passes nothing.
	passed := o.Verdict == transport.Delivered || o.Verdict == transport.DropListed && step != transport.StepHold
	c.stats.Failures++
	if passed {
		c.passed(d)
	}
	switch {
	case step == transport.StepDone:
		c.finish(d)
		if !d.lent {
			c.giveBack(d.body)
		}
	case step == transport.StepProceed:
		d.due = time.Time{}
	case renewed && !c.wire.renewed: // once: a source may give another one each time
		c.wire.renewed = true
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
	if d.evicted && d.Left() > 0 {
		c.giveUp(d)
	}
}

// passed notes that the store takes points.
func (c *custody) passed(d *delivery) {
	now := time.Now()
	c.stats.LastSuccess, c.stats.Failures = now, 0
	for _, other := range c.aside {
		other.outdone = other.outdone || other != d
	}
	c.tellEnd(d.refusal)
	c.tellEnd(c.wire.trouble)
	d.trips, d.refusal = 0, nil
	c.wire.trouble, c.wire.strays, c.wire.renewed = nil, 0, false
	c.wire.reset()
}

// hold waits until a person has changed something; all batches do.
func (c *custody) hold(d *delivery, o transport.Outcome) {
	c.wire.holds++
	c.wire.renewed = false
	c.trouble(d, o, true)
	c.wire.until = time.Now().Add(c.wire.hold.Next(o.RetryAfter))
}

// retry waits for the store. A batch that meets 500 again and again lets others
// try: where one passes, the fault is in the batch, which is then cut down to the
// points at fault.
func (c *custody) retry(d *delivery, o transport.Outcome) {
	if o.Status != http.StatusInternalServerError {
		d.trips = 0
		c.outage(d, o)
		return
	}
	d.trips++
	if d.poisoned || d.outdone {
		d.Bisect()
		d.poisoned = true
		c.stepAside(d, o)
		return
	}
	c.outage(d, o)
	if d.trips%asideAfter == 0 {
		c.letAnotherTry(d, o)
	}
}

func (c *custody) outage(d *delivery, o transport.Outcome) {
	c.trouble(d, o, false)
	c.wire.until = time.Now().Add(c.wire.retry.Next(o.RetryAfter))
}

// letAnotherTry lets the batch behind d try. Where some have done so and nothing
// passed, there may be a fault in each of them: then a part of d tries.
func (c *custody) letAnotherTry(d *delivery, o transport.Outcome) {
	piece, _ := d.Next()
	if c.wire.strays%(probeAfter+1) == probeAfter && piece.Points > 1 {
		d.Halve()
		return
	}
	c.leave(d, o)
}

// refuse keeps a batch of which the store takes no part and does not say why,
// for an hour: it may be the configuration.
func (c *custody) refuse(d *delivery, o transport.Outcome) {
	if d.refusal == nil {
		d.refusal, d.waits = c.newTrouble(d, o, true), transport.NewHoldBackoff()
		c.tellBegin(d, o, d.refusal)
	}
	if time.Since(d.refusal.Since) >= refusedLimit {
		d.Reject(transport.ErrRejected)
		c.finish(d)
		return
	}
	c.stepAside(d, o)
}

// stepAside lets the batches behind d go on, as long as not too many have done
// so while nothing passed: then all wait.
func (c *custody) stepAside(d *delivery, o transport.Outcome) {
	if c.head != d || c.wire.strays < maxAside || len(c.aside) < maxAside {
		c.leave(d, o)
		return
	}
	c.wire.until = time.Now().Add(d.wait(o))
	c.releaseAll()
}

// leave puts d aside until its own wait is over.
func (c *custody) leave(d *delivery, o transport.Outcome) {
	d.due = time.Now().Add(d.wait(o))
	d.outdone = false
	d.receipt.release()
	if c.head == d {
		c.wire.strays++
		c.head = nil
		c.aside = append(c.aside, d)
	}
}

// wait returns how long d waits aside.
func (d *delivery) wait(o transport.Outcome) time.Duration {
	if d.waits == nil {
		d.waits = transport.NewBackoff()
	}
	return d.waits.Next(o.RetryAfter)
}
