package apptuit

import (
	"fmt"
	"time"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

// A health is how the store as a whole is doing.
type health struct {
	trouble *TroubleError // nil when it takes points
	until   time.Time     // nothing is sent before
	retry   *wire.Backoff
	hold    *wire.Backoff
	holds   int  // times that it was found in need of a person
	renewed bool // another token was tried at once, and nothing came of it yet

	// Since it last took points.
	deferrals int    // batches that were deferred
	refusals  int    // attempts at batches of which it took no part
	suspect   uint64 // the first of these batches
	others    bool   // it refused another one too
}

func newHealth() health {
	return health{retry: wire.NewBackoff(), hold: wire.NewHoldBackoff()}
}

// waits tells whether what comes now has to wait.
func (h *health) waits() bool { return h.trouble != nil || time.Now().Before(h.until) }

// reset lets the waits begin again at the shortest.
func (h *health) reset() {
	h.until = time.Time{}
	h.retry.Reset()
	h.hold.Reset()
}

// passed notes that the store takes points, and returns the trouble that is over;
// nil where there was none.
func (h *health) passed() (ended *TroubleError) {
	ended = h.trouble
	*h = health{retry: h.retry, hold: h.hold, holds: h.holds}
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

// refuse notes that the store took no part of d, and tells whether that is the
// first since it took something.
func (h *health) refuse(d *item) (first bool) {
	first = h.refusals == 0
	h.refusals++
	if first {
		h.suspect = d.seq
	}
	h.others = h.others || d.seq != h.suspect
	return first
}

// doubted tells whether one request is enough to know whether the store takes d.
func (h *health) doubted(d *item) bool { return h.refusals > 0 && d.seq != h.suspect }

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
func (s *sender) tellEnd(t *TroubleError) {
	if t == nil {
		return
	}
	ended := *t
	ended.Ended = max(time.Since(t.Since), 1)
	s.tell(&ended)
}

// trouble notes that the store takes nothing, and lets all exports return. It is
// told once, and once more where it turns out that a person is needed.
func (s *sender) trouble(d *item, o wire.Outcome, hold bool) {
	defer s.yieldAll(nil)
	t := s.health.trouble
	if t != nil && (t.Hold || !hold) {
		return
	}
	begun := s.newTrouble(d, o, hold)
	if t != nil {
		begun.Since = t.Since
	}
	s.health.trouble = begun
	s.tellBegin(d, o, begun)
}

func (s *sender) newTrouble(d *item, o wire.Outcome, hold bool) *TroubleError {
	return &TroubleError{Endpoint: s.out.Endpoint(), Since: time.Now(), Hold: hold, Err: d.Report(o.Err).Err}
}

// tellBegin tells of a trouble. Where a person has to change something, the
// export that brought d returns it, unless it has returned.
func (s *sender) tellBegin(d *item, o wire.Outcome, t *TroubleError) {
	if !t.Hold || !d.waiter.waits() {
		s.tell(t)
		return
	}
	report := d.report(o.Err)
	d.waiter.add(&report)
}
