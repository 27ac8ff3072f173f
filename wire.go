package apptuit

import (
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/transport"
)

// A wire is how the store as a whole is doing.
type wire struct {
	trouble *TroubleError // nil when it takes points
	until   time.Time     // nothing is sent before
	retry   *transport.Backoff
	hold    *transport.Backoff
	holds   int  // times that it was found in need of a person
	strays  int  // batches that stepped aside since it last took points
	renewed bool // another token was tried at once, and nothing came of it yet
}

func newWire() wire {
	return wire{retry: transport.NewBackoff(), hold: transport.NewHoldBackoff()}
}

// waits tells whether what comes now has to wait.
func (w *wire) waits() bool { return w.trouble != nil || time.Now().Before(w.until) }

// reset lets the waits begin again at the shortest.
func (w *wire) reset() {
	w.until = time.Time{}
	w.retry.Reset()
	w.hold.Reset()
}

// A TroubleError tells the error handler that a store takes no points, once when
// that begins and once when it ends. What was exported meanwhile is kept and
// sent afterwards, as far as the queue holds it.
type TroubleError struct {
	// Endpoint is the store.
	Endpoint string
	// Since is when it began.
	Since time.Time
	// Ended is how long it took; 0 while it goes on.
	Ended time.Duration
	// Hold is set where a person has to change something, such as the token.
	Hold bool
	// Err is the first cause.
	Err error
}

// Error returns one line.
func (e *TroubleError) Error() string {
	switch {
	case e.Ended > 0:
		return fmt.Sprintf("apptuit: %s takes points again, after %s", e.Endpoint, e.Ended.Round(time.Millisecond))
	case e.Hold:
		return fmt.Sprintf("apptuit: points are kept until this is mended: %v", e.Err)
	}
	return fmt.Sprintf("apptuit: points are kept and sent later: %v", e.Err)
}

// Unwrap returns the first cause.
func (e *TroubleError) Unwrap() error { return e.Err }

// tellEnd tells that a trouble is over; nil is none.
func (c *custody) tellEnd(t *TroubleError) {
	if t == nil {
		return
	}
	ended := *t
	ended.Ended = max(time.Since(t.Since), 1)
	c.tell(&ended)
}

// trouble notes that the store takes nothing, and lets all exports return. It is
// told once, and once more where it turns out that a person is needed.
func (c *custody) trouble(d *delivery, o transport.Outcome, hold bool) {
	defer c.releaseAll()
	t := c.wire.trouble
	if t != nil && (t.Hold || !hold) {
		return
	}
	begun := c.newTrouble(d, o, hold)
	if t != nil {
		begun.Since = t.Since
	}
	c.wire.trouble = begun
	c.tellBegin(d, o, begun)
}

func (c *custody) newTrouble(d *delivery, o transport.Outcome, hold bool) *TroubleError {
	return &TroubleError{Endpoint: c.out.Endpoint(), Since: time.Now(), Hold: hold, Err: d.Report(o.Err).Err}
}

// tellBegin tells of a trouble. Where a person has to change something, the
// export that brought d returns it, unless it has returned.
func (c *custody) tellBegin(d *delivery, o transport.Outcome, t *TroubleError) {
	if !t.Hold || !d.receipt.waits() {
		c.tell(t)
		return
	}
	report := d.report(o.Err)
	d.receipt.add(&report)
}

// releaseAll lets every export return: its batches wait.
func (c *custody) releaseAll() {
	for _, r := range c.receipts {
		r.release()
	}
	for _, d := range c.deliveries() {
		d.receipt.release()
	}
}
