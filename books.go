package apptuit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/transport"
)

// The books of custody: each point that came in is stored, dropped for a reason,
// or still held, at any moment; and each that is dropped is told once.

// overflow tells once that the queue is full, and counts until it is empty what
// no export returns.
func (c *custody) overflow(points int, returned bool) {
	if !c.full {
		c.full = true
		c.tell(fmt.Errorf("apptuit: %s: the queue is full, the oldest points are dropped from now on: %w",
			c.out.Endpoint(), ErrQueueFull))
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
	ended := &transport.SendError{Err: fmt.Errorf("%s: the queue was full and is empty again", c.out.Endpoint())}
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
	if d.Left() == d.left {
		return // nothing became of any
	}
	all := d.Report(nil)
	fresh := since(all, &d.counted)
	d.counted, d.left = *all, d.Left()
	c.stats.Sent += uint64(fresh.Stored)
	c.observ.Stored(fresh.Stored)
	for reason, n := range fresh.Dropped {
		c.drop(reason, n)
	}
}

// report returns what became of the points of d and was not told before; what is
// left is unsent because of cause.
func (d *delivery) report(cause error) transport.SendError {
	all := d.Report(cause)
	fresh := since(all, &d.told)
	d.told = *all
	return fresh
}

// finish takes a delivery that has nothing left to send out of custody. The
// export that brought it returns what was dropped, which it tells, or, where it
// has returned, the error handler hears it: never both.
func (c *custody) finish(d *delivery) (returned bool) {
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
	if d.receipt.settle(&report) {
		return true
	}
	delete(report.Dropped, ErrQueueFull) // overflow tells of that
	if len(report.Dropped) > 0 {
		heard := report
		c.tell(&heard)
	}
	return false
}

// points counts what is in custody.
func (c *custody) points() int {
	return c.unsent(c.queue.Size(), func(uint64) bool { return true })
}

// volatile counts what ends with the process.
func (c *custody) volatile() int {
	return c.unsent(c.queue.Volatile(), func(seq uint64) bool { return !c.queue.Lasts(seq) })
}

// unsent takes off a part of the queue what was sent of its batches already.
func (c *custody) unsent(part queue.Size, in func(seq uint64) bool) int {
	n := part.Points
	for _, d := range c.deliveries() {
		if !in(d.seq) {
			continue
		}
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
