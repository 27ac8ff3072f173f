package apptuit

import (
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

const (
	maxDeferred  = 16        // deliveries that were deferred since another one passed
	deferAfter   = 3         // 500s in a row after which a batch lets another try
	probeAfter   = 2         // batches that did so in vain before one is cut to try a part
	refusedLimit = time.Hour // for a batch of which the store takes no part
)

// decide is the one place where a verdict becomes a decision. It reads beside the
// list of faults: step is what the delivery made of the verdict.
func (s *sender) decide(d *item, o wire.Outcome, step delivery.Step, renewed bool) {
	d.hurried = false
	if d.Passed() {
		s.passed(d)
	}
	switch {
	case step == delivery.StepDone:
		s.finish(d)
	case step == delivery.StepProceed:
		d.due = time.Time{}
	case renewed && !s.health.renewed: // once: a source may give another one each time
		s.health.renewed = true
		d.due = time.Time{}
	case step == delivery.StepRefused:
		s.refuse(d, o)
	case step == delivery.StepHold:
		s.hold(d, o)
	case d.Passed(): // what is left of it may pass later
		s.stepAside(d, o)
	case o.Status == http.StatusInternalServerError:
		s.serverError(d, o)
	default:
		d.serverErrors = 0
		s.outage(d, o)
	}
	if d.evicted && d.Left() > 0 {
		s.giveUp(d)
	}
}

// passed notes that the store takes points.
func (s *sender) passed(d *item) {
	ended := s.health.passed()
	s.tellEnd(ended)
	if d.refusal != ended {
		s.tellEnd(d.refusal)
	}
	for _, other := range s.deliveries() {
		other.outdone = other.outdone || other != d
		if !other.searched {
			other.Trust()
		}
		if other.refusal == ended {
			other.refusal = nil
		}
	}
	d.serverErrors, d.refused, d.refusal = 0, time.Time{}, nil
}

// hold waits until a person has changed something; all batches do.
func (s *sender) hold(d *item, o wire.Outcome) {
	s.trouble(d, o, true)
	s.health.holdOn(o.RetryAfter)
}

// outage waits for the store; all batches do.
func (s *sender) outage(d *item, o wire.Outcome) {
	s.trouble(d, o, false)
	s.health.retryLater(o.RetryAfter)
}

// serverError waits for the store, which met an error of its own. A batch that
// meets it again and again lets others try: where one passes, the fault is in the
// batch, which is then cut down to the points at fault.
func (s *sender) serverError(d *item, o wire.Outcome) {
	d.serverErrors++
	if d.poisoned || d.outdone {
		d.Bisect()
		d.poisoned = true
		s.stepAside(d, o)
		return
	}
	s.outage(d, o)
	if d.serverErrors%deferAfter == 0 {
		s.letAnotherTry(d, o)
	}
}

// letAnotherTry lets the batch behind d try. Where some have done so and nothing
// passed, there may be a fault in each of them: then a part of d tries.
func (s *sender) letAnotherTry(d *item, o wire.Outcome) {
	piece, _ := d.Next()
	if s.health.deferrals%(probeAfter+1) == probeAfter && piece.Points > 1 {
		d.Halve()
		return
	}
	s.leave(d, o)
}

// refuse defers a batch of which the store takes no part, at any size, and does
// not say why. Where it refuses the next one too it is not the batch: then all
// wait, as for a person.
func (s *sender) refuse(d *item, o wire.Outcome) {
	if d.refused.IsZero() {
		d.refused, d.waits = time.Now(), wire.NewHoldBackoff()
	}
	if s.health.refuse(d) && !d.searched {
		d.searched, d.refusal = true, s.newTrouble(d, o, true)
		s.tellBegin(d, o, d.refusal)
	}
	if !s.health.others {
		s.stepAside(d, o)
		return
	}
	s.refusesAll(d, o)
}

// refusesAll waits for a person: the store takes no batch at all. What the first
// one told says so already.
func (s *sender) refusesAll(d *item, o wire.Outcome) {
	if s.health.trouble == nil {
		s.health.trouble = s.firstRefusal()
	}
	s.trouble(d, o, true)
	s.health.holdOn(o.RetryAfter)
	if len(s.deferred) < maxDeferred || s.head != d {
		s.leave(d, o)
	}
}

// firstRefusal returns what was told of the batch that was refused first, nil
// where it is gone.
func (s *sender) firstRefusal() *TroubleError {
	if d := s.delivery(s.health.suspect); d != nil {
		return d.refusal
	}
	return nil
}

// expire rejects what the store refused for too long. What it calls too large at
// any size is only rejected where it takes other batches.
func (s *sender) expire(now time.Time) {
	for _, d := range s.deliveries() {
		expired := !d.refused.IsZero() && now.Sub(d.refused) >= refusedLimit
		if !expired || d.TooLarge() && !s.ledger.stats.LastSuccess.After(d.refused) {
			continue
		}
		d.Reject(wire.ErrRejected)
		s.finish(d)
	}
}

// stepAside lets the batches behind d go on, as long as not too many have done
// so while nothing passed: then all wait.
func (s *sender) stepAside(d *item, o wire.Outcome) {
	if s.head != d || s.health.deferrals < maxDeferred || len(s.deferred) < maxDeferred {
		s.leave(d, o)
		return
	}
	s.health.until = time.Now().Add(d.wait(o))
	s.yieldAll(nil)
}

// leave defers d until its own wait is over.
func (s *sender) leave(d *item, o wire.Outcome) {
	d.due = time.Now().Add(d.wait(o))
	d.outdone = false
	s.yield(d.waiter)
	if s.head == d {
		s.health.deferrals++
		s.head = nil
		s.deferred = append(s.deferred, d)
	}
}
