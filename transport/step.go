package transport

import "context"

// Attempt puts the next piece of a delivery, or of it what fits, and records
// what came of it. It is what [Client.Deliver] repeats; callers that do their
// own waiting repeat it themselves.
func (c *Client) Attempt(ctx context.Context, d *Delivery) (Outcome, Step) {
	piece, ok := c.next(d)
	if !ok {
		return Outcome{Verdict: Delivered}, StepDone
	}
	o := c.Put(ctx, piece)
	return o, d.Record(o)
}

// Report returns what became of the points so far: what is left counts as
// unsent, because of cause.
func (d *Delivery) Report(cause error) *SendError { return d.stopped(cause) }

// Add counts what became of further points; the cause of other, where it has
// one, is kept instead of the own.
func (e *SendError) Add(other *SendError) { e.add(other) }
