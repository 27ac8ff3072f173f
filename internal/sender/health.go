package sender

import (
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

// A health is how the store as a whole is doing.
type health struct {
	endpoint string
	out      *outbox
	trouble  *Trouble  // nil when it takes points
	until    time.Time // nothing is sent before
	retry    *wire.Backoff
	hold     *wire.Backoff
	holds    int  // times that it was found in need of a person
	renewed  bool // another token was tried at once, and nothing came of it yet

	// Since it last took points.
	deferrals    int    // items that were deferred
	refusals     int    // attempts at items of which it took no part
	firstRefused uint64 // the first of these
	others       bool   // it refused another one too
}

func newHealth(endpoint string, out *outbox) health {
	return health{endpoint: endpoint, out: out, retry: wire.NewBackoff(), hold: wire.NewHoldBackoff()}
}

// waits tells whether what comes now has to wait.
func (h *health) waits() bool { return h.trouble != nil || time.Now().Before(h.until) }

// reset lets the waits begin again at the shortest.
func (h *health) reset() {
	h.until = time.Time{}
	h.retry.Reset()
	h.hold.Reset()
}

// passed notes that the store takes points, and returns the trouble that is over,
// which is reported; nil where there was none.
func (h *health) passed() (ended *Trouble) {
	ended = h.trouble
	h.tellEnd(ended)
	h.trouble, h.renewed = nil, false
	h.deferrals, h.refusals, h.firstRefused, h.others = 0, 0, 0, false
	h.reset()
	return ended
}

// holdOn waits for a person.
func (h *health) holdOn(retryAfter time.Duration) {
	h.holds++
	h.renewed = false
	h.until = time.Now().Add(h.hold.Next(retryAfter))
}

// retryLater waits for the store.
func (h *health) retryLater(retryAfter time.Duration) {
	h.until = time.Now().Add(h.retry.Next(retryAfter))
}

// refuse notes that the store took no part of i, and tells whether that is the
// first since it took something.
func (h *health) refuse(i *item) (first bool) {
	first = h.refusals == 0
	h.refusals++
	if first {
		h.firstRefused = i.seq
	}
	h.others = h.others || i.seq != h.firstRefused
	return first
}

// doubted tells whether one request is enough to know whether the store takes i.
func (h *health) doubted(i *item) bool { return h.refusals > 0 && i.seq != h.firstRefused }

// fail notes that the store takes nothing. It is reported once, and once more
// where it turns out that a person is needed.
func (h *health) fail(i *item, o wire.Outcome, hold bool) {
	t := h.trouble
	if t != nil && (t.Hold || !hold) {
		return
	}
	begun := h.newTrouble(i, o, hold)
	if t != nil {
		begun.Since = t.Since
	}
	h.trouble = begun
	h.tellBegin(i, o, begun)
}

func (h *health) newTrouble(i *item, o wire.Outcome, hold bool) *Trouble {
	return &Trouble{Endpoint: h.endpoint, Since: time.Now(), Hold: hold, Err: i.Report(o.Err).Err}
}

// tellBegin reports a trouble. Where a person has to change something, the export
// that brought i returns it, unless it has returned.
func (h *health) tellBegin(i *item, o wire.Outcome, t *Trouble) {
	if !t.Hold || !i.waiter.waits() {
		h.out.tell(t)
		return
	}
	report := i.report(o.Err)
	i.waiter.add(&report)
}

// tellEnd reports that a trouble is over; nil is none.
func (h *health) tellEnd(t *Trouble) {
	if t == nil {
		return
	}
	ended := *t
	ended.Ended = max(time.Since(t.Since), 1)
	h.out.tell(&ended)
}

// A Trouble tells that a store takes no points, once when that begins and once
// when it ends.
type Trouble struct {
	Endpoint string
	Since    time.Time
	Ended    time.Duration // how long it took; 0 while it goes on
	Hold     bool          // a person has to change something
	Err      error         // the first cause
}

// Error returns one line.
func (t *Trouble) Error() string {
	switch {
	case t.Ended > 0:
		return fmt.Sprintf("apptuit: %s takes points again, after %s", t.Endpoint, t.Ended.Round(time.Millisecond))
	case t.Hold:
		return fmt.Sprintf("apptuit: points are kept until this is mended: %v", t.Err)
	}
	return fmt.Sprintf("apptuit: points are kept and sent later: %v", t.Err)
}

// Unwrap returns the first cause.
func (t *Trouble) Unwrap() error { return t.Err }
