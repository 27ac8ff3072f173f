package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Deliver puts a batch until nothing of it is left to send: it splits what is
// too large or holds points that the store refuses, and tries again what may
// pass later, with growing waits, until ctx ends. It returns at once where ctx
// would end before the next attempt, and where a person has to change something
// first.
//
// The error is a [*SendError], nil where all points were stored.
func (c *Client) Deliver(ctx context.Context, b encoding.Batch) error {
	return c.deliver(ctx, b).errorOrNil()
}

func (c *Client) deliver(ctx context.Context, b encoding.Batch) *SendError {
	d := NewDelivery(b)
	waits := NewBackoff()
	renewed := false
	var cause error
	for {
		o, step := c.Attempt(ctx, d)
		if cause == nil || ctx.Err() == nil {
			cause = o.Err // and not that the context ended while it was being mended
		}
		switch {
		case step == StepDone:
			return d.Report(nil)
		case step == StepHold && !renewed && c.renewed(ctx, o):
			renewed = true
		case step == StepHold || step == StepRefused:
			return d.Report(o.Err)
		case step == StepWait:
			if err := sleep(ctx, waits.Next(o.RetryAfter)); err != nil {
				return d.Report(because(cause, err))
			}
		case o.Verdict == Delivered:
			waits.Reset()
		}
	}
}

// Attempt puts the next piece of a delivery, cut down to what fits, and records
// what came of it. [Client.Deliver] repeats it; so do callers that do their own
// waiting.
func (c *Client) Attempt(ctx context.Context, d *Delivery) (Outcome, Step) {
	piece, ok := c.next(d)
	if !ok {
		return Outcome{Verdict: Delivered, NoRequest: true}, StepDone
	}
	o := c.Put(ctx, piece)
	o.Bytes = len(piece.Body)
	step := d.Record(o)
	if step == StepRefused && o.Verdict == Halve {
		c.limit.forget() // it was not the size
	}
	return o, step
}

// next returns a piece that fits what is known of the store.
func (c *Client) next(d *Delivery) (encoding.Batch, bool) {
	for {
		piece, ok := d.Next()
		if !ok || c.Fits(piece) {
			return piece, ok
		}
		d.Halve()
	}
}

// renewed tells whether another token than the refused one is to be had.
func (c *Client) renewed(ctx context.Context, o Outcome) bool {
	refused := o.Status == http.StatusUnauthorized || o.Status == http.StatusForbidden
	return refused && c.TokenRenewed(ctx)
}

// sleep waits for d. It does not begin a wait that ctx would cut short.
func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// because joins the cause of the retries with the end of the context.
func because(cause, end error) error {
	switch {
	case cause == nil:
		return end
	case errors.Is(cause, end):
		return cause
	}
	return fmt.Errorf("%w (%w)", cause, end)
}
