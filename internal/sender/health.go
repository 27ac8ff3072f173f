package sender

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

// A health is how the store as a whole is doing.
type health struct {
	endpoint  string
	out       *outbox
	trouble   *Trouble  // nil when it takes points
	until     time.Time // nothing is sent before
	retry     *wire.Backoff
	hold      *wire.Backoff
	holds     int       // times that it was found in need of a person
	renewed   bool      // another token was tried at once, and nothing came of it yet
	epoch     uint64    // counts what makes attempts that began before tell little: waits, and other tokens
	throttled time.Time // when it last said 429
	asked     bool      // the wait is one that it asked for
	early     bool      // the wait has been made shorter, for points came
	came      time.Time // when points last did

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

// throttlePause is how long after the last 429 one batch at a time is sent.
const throttlePause = time.Minute

// well tells whether nothing is known to be amiss.
func (h *health) well(now time.Time) bool {
	throttled := !h.throttled.IsZero() && now.Sub(h.throttled) < throttlePause
	return h.trouble == nil && h.refusals == 0 && h.deferrals == 0 && !throttled
}

// expect notes that points came. An outage that may be over is then looked into
// early, once in each wait: within half the time from one collection to the next, so
// that a store that is back is current within one, and no more often than points
// would be sent. What the store asked for is heeded.
func (h *health) expect(now time.Time) {
	since := min(now.Sub(h.came), maxEarly)
	h.came = now
	if h.trouble == nil || h.trouble.Hold || h.asked || h.early || !now.Before(h.until) {
		return
	}
	h.early = true
	if soon := now.Add(rand.N(max(time.Second, since/2) + 1)); soon.Before(h.until) {
		h.until = soon
	}
}

// reset lets the waits begin again at the shortest.
func (h *health) reset() {
	h.until, h.asked = time.Time{}, false
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
	h.wait(h.hold.Next(retryAfter))
}

// retryLater waits for the store. The outcomes of attempts that were on the wire at
// the same time are those of one: they make the wait longer only where the store
// asks for that.
func (h *health) retryLater(o wire.Outcome, overtaken bool) {
	tooMany := o.Status == http.StatusTooManyRequests
	if tooMany {
		h.throttled = time.Now()
	}
	h.asked = tooMany || o.RetryAfter > 0 || overtaken && h.asked
	switch {
	case !overtaken:
		h.wait(h.retry.Next(o.RetryAfter))
	case o.RetryAfter > time.Until(h.until):
		h.wait(h.retry.Next(o.RetryAfter))
	}
}

// wait lets nothing be sent for a while.
func (h *health) wait(d time.Duration) {
	h.until, h.early = time.Now().Add(d), false
	h.epoch++
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
