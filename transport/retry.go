package transport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// retry makes attempts, with growing waits, until a step is neither to proceed nor to
// wait, or until ctx ends or would end before the next attempt. The outcome is that of
// the last attempt; where ctx ended them, its error is in Err beside the cause of the
// attempts before. The first attempt that another one follows after a wait is told.
func (c *Client) retry(ctx context.Context, attempt func() (wire.Outcome, delivery.Step)) wire.Outcome {
	waits := wire.NewBackoff()
	told := false
	var last wire.Outcome
	for {
		o, step := attempt()
		if last.Err == nil || !endedBy(ctx, o) {
			last = o // and not that ctx ended while it was being mended
		}
		switch {
		case step == delivery.StepWait || step == delivery.StepPause:
			wait := waits.Next(o.RetryAfter)
			if !told && mayWait(ctx, wait) == nil {
				told = true
				c.tell(o.Err)
			}
			if err := sleep(ctx, wait); err != nil {
				last.Err = because(last.Err, err)
				return last
			}
		case step != delivery.StepProceed:
			return last
		case o.Verdict == wire.Delivered:
			waits.Reset()
		}
	}
}

// tell says that something is tried again, and why.
func (c *Client) tell(err error) {
	if c.warn != nil && err != nil {
		c.warn(fmt.Errorf("apptuit: trying again: %w", err))
	}
}

// endedBy tells whether the end of ctx is all that an outcome says.
func endedBy(ctx context.Context, o wire.Outcome) bool {
	end := ctx.Err()
	return end != nil && errors.Is(o.Err, end)
}

// mayWait returns an error where ctx would cut a wait short.
func mayWait(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return context.DeadlineExceeded
	}
	return nil
}

// sleep waits for d. It does not begin a wait that ctx would cut short.
func sleep(ctx context.Context, d time.Duration) error {
	if err := mayWait(ctx, d); err != nil {
		return err
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
