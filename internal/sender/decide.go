package sender

import (
	"net/http"
	"slices"
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

const (
	maxDeferred  = 16          // items that were deferred since another one passed
	maxHeld      = 64          // items that are deferred: their bodies are in memory
	deferAfter   = 3           // 500s in a row after which an item lets another try
	probeAfter   = 2           // items that did so in vain before one is cut to try a part
	maxEarly     = time.Minute // the longest time between collections that is told from none
	refusedLimit = time.Hour   // for an item of which the store takes no part
)

// decide is the one place where what a delivery made of a verdict becomes a decision
// for all batches. It reads beside the list of faults: Hold is what needs a person
// (TLS, 401, 404, redirects, web pages, proxies), Refused what the store takes no
// part of (400, 413, 415, 422), a server error 500, and the default an outage of the
// network or the store.
func (s *state) decide(i *item, o wire.Outcome, step delivery.Step, renewed bool) {
	i.hurried = false
	i.overtaken = i.epoch != s.health.epoch
	if i.Passed() {
		s.passed(i)
	}
	switch {
	case step == delivery.StepDone:
		s.finish(i)
	case step == delivery.StepProceed:
		i.due = time.Time{}
	case renewed && i.overtaken: // another item had that token renewed
		i.due = time.Time{}
	case renewed && !s.health.renewed: // once: a source may give another one each time
		s.health.renewed = true
		s.health.epoch++
		i.due = time.Time{}
	case step == delivery.StepRefused:
		s.refuse(i, o)
	case step == delivery.StepHold:
		s.hold(i, o)
	case step == delivery.StepPause:
		s.stepAside(i, o)
	case i.Passed(): // what is left of it may pass later
		s.stepAside(i, o)
	case o.Status == http.StatusInternalServerError:
		s.serverError(i, o)
	default:
		i.serverErrors = 0
		s.outage(i, o)
	}
	i.unwell = o.Verdict != wire.Delivered && o.Verdict != wire.DropListed && o.Verdict != wire.Halve && !i.innocent()
	if i.evicted && i.Left() > 0 {
		s.giveUp(i)
	}
}

// passed notes that the store takes points. What was on the wire when it was found
// in trouble does not say that this is over.
func (s *state) passed(i *item) {
	if !i.overtaken || s.health.trouble == nil {
		s.recovered(i)
	}
	i.partPassed = i.partPassed || i.serverErrors > 0
	i.serverErrors, i.refusedSince, i.refusedTrouble = 0, time.Time{}, nil
}

// recovered notes that nothing is amiss with the store.
func (s *state) recovered(i *item) {
	ended := s.health.passed()
	if i.refusedTrouble != ended {
		s.health.tellEnd(i.refusedTrouble)
	}
	for _, other := range s.schedule.held {
		other.passedByOther = other.passedByOther || other != i && !other.onWire && other.serverErrors > 0
		other.trusted = other.onWire
		if !other.onWire && !other.searched {
			other.Trust()
		}
		if other.refusedTrouble == ended {
			other.refusedTrouble = nil
		}
	}
}

// hold waits until a person has changed something; all batches do.
func (s *state) hold(i *item, o wire.Outcome) {
	known := i.overtaken && s.health.trouble != nil && s.health.trouble.Hold
	s.health.fail(i, o, true)
	if !known {
		s.health.holdOn(o.RetryAfter)
	}
	s.waiters.yieldAll(nil)
}

// outage waits for the store; all batches do.
func (s *state) outage(i *item, o wire.Outcome) {
	overtaken := i.overtaken && s.health.trouble != nil
	s.health.fail(i, o, false)
	s.health.retryLater(o, overtaken)
	s.waiters.yieldAll(nil)
}

// serverError waits for the store, which met an error of its own. An item that
// meets it again and again lets others try: where one passes, the fault is in the
// item, which is then cut down to the points at fault.
func (s *state) serverError(i *item, o wire.Outcome) {
	if i.overtaken && s.health.trouble != nil && !i.deferred {
		s.outage(i, o)
		return
	}
	i.serverErrors++
	if i.poisoned || i.passedByOther || i.partPassed {
		i.Bisect()
		i.poisoned = true
		s.stepAside(i, o)
		return
	}
	s.outage(i, o)
	if i.serverErrors%deferAfter == 0 {
		s.letAnotherTry(i, o)
	}
}

// letAnotherTry lets the item behind i try. Where some have done so and nothing
// passed, there may be a fault in each of them: then a part of i tries. Where there
// is no other item, another part of i does.
func (s *state) letAnotherTry(i *item, o wire.Outcome) {
	if !s.schedule.others(i) {
		i.TryAnother()
		return
	}
	piece, _ := i.Next()
	if s.health.deferrals%(probeAfter+1) == probeAfter && piece.Points > 1 {
		i.Halve()
		return
	}
	if s.schedule.deferred() < maxHeld {
		s.leave(i, o)
	}
}

// refuse defers an item of which the store takes no part, at any size, and does not
// say why. Where it refuses the next one too it is not the item: then all wait, as
// for a person.
func (s *state) refuse(i *item, o wire.Outcome) {
	if i.refusedSince.IsZero() {
		i.refusedSince, i.backoff = time.Now(), wire.NewHoldBackoff()
	}
	if s.health.refuse(i) && !i.searched {
		i.searched, i.refusedTrouble = true, s.health.newTrouble(i, o, true)
		s.health.tellBegin(i, o, i.refusedTrouble)
	}
	if !s.health.others {
		s.stepAside(i, o)
		return
	}
	s.refuseAll(i, o)
}

// refuseAll waits for a person: the store takes no batch at all. What was reported
// of the first one says so already.
func (s *state) refuseAll(i *item, o wire.Outcome) {
	first := s.schedule.find(s.health.firstRefused)
	if s.health.trouble == nil && first != nil {
		s.health.trouble = first.refusedTrouble
	}
	s.hold(i, o)
	if s.schedule.deferred() < maxDeferred || i.deferred {
		s.leave(i, o)
	}
}

// expire rejects what the store refused for too long.
func (s *state) expire(now time.Time) {
	for _, i := range slices.Clone(s.schedule.held) {
		if !i.onWire && i.expired(now, s.ledger.stats.LastSuccess) {
			i.Reject(wire.ErrRejected)
			s.finish(i)
		}
	}
}

// stepAside lets the batches behind i go on, as long as not too many have done so
// while nothing passed: then all wait.
func (s *state) stepAside(i *item, o wire.Outcome) {
	few := s.health.deferrals < maxDeferred || s.schedule.deferred() < maxDeferred
	if i.deferred || few && s.schedule.deferred() < maxHeld {
		s.leave(i, o)
		return
	}
	s.health.until = time.Now().Add(i.wait(o))
	s.waiters.yieldAll(nil)
}

// leave defers i until its own wait is over.
func (s *state) leave(i *item, o wire.Outcome) {
	i.due = time.Now().Add(i.wait(o))
	i.passedByOther = false
	s.waiters.yield(i.waiter)
	if !i.deferred {
		i.deferred = true
		s.health.deferrals++
	}
}

// giveUp drops what is left of an item whose batch the bound took.
func (s *state) giveUp(i *item) {
	points := i.Left()
	i.Reject(ErrQueueFull)
	s.ledger.overflow(s.health.endpoint, points, s.finish(i))
}

// finish takes an item that has nothing left to send out of the queue. The export
// that brought it returns what was dropped, or, where it has returned, the error
// handler hears it: never both.
func (s *state) finish(i *item) (returned bool) {
	free := s.queue.Remove(i.seq)
	if free && !i.lent && !i.onWire {
		s.free(i.body)
	}
	s.schedule.remove(i)
	s.ledger.count(i)
	returned = s.settle(i)
	if s.queue.Size().Batches == 0 {
		s.ledger.refill(s.health.endpoint)
	}
	return returned
}

func (s *state) settle(i *item) (returned bool) {
	report := i.report(nil)
	if i.waiter.settle(i.seq, &report) {
		return true
	}
	delete(report.Dropped, ErrQueueFull) // overflow reports that
	if len(report.Dropped) > 0 {
		s.out.tell(&report)
	}
	return false
}
