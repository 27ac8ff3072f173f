package sender

import (
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

const (
	maxDeferred  = 16        // items that were deferred since another one passed
	maxHeld      = 64        // items that are deferred: their bodies are in memory
	deferAfter   = 3         // 500s in a row after which an item lets another try
	probeAfter   = 2         // items that did so in vain before one is cut to try a part
	refusedLimit = time.Hour // for an item of which the store takes no part
)

// decide is the one place where what a delivery made of a verdict becomes a decision
// for all batches. It reads beside the list of faults: Hold is what needs a person
// (TLS, 401, 404, redirects, web pages, proxies), Refused what the store takes no
// part of (400, 413, 415, 422), a server error 500, and the default an outage of the
// network or the store.
func (s *state) decide(i *item, o wire.Outcome, step delivery.Step, renewed bool) {
	i.hurried = false
	if i.Passed() {
		s.passed(i)
	}
	switch {
	case step == delivery.StepDone:
		s.finish(i)
	case step == delivery.StepProceed:
		i.due = time.Time{}
	case renewed && !s.health.renewed: // once: a source may give another one each time
		s.health.renewed = true
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
	if i.evicted && i.Left() > 0 {
		s.giveUp(i)
	}
}

// passed notes that the store takes points.
func (s *state) passed(i *item) {
	ended := s.health.passed()
	if i.refusedTrouble != ended {
		s.health.tellEnd(i.refusedTrouble)
	}
	for _, other := range s.schedule.items() {
		other.passedByOther = other.passedByOther || other != i
		if !other.searched {
			other.Trust()
		}
		if other.refusedTrouble == ended {
			other.refusedTrouble = nil
		}
	}
	i.serverErrors, i.refusedSince, i.refusedTrouble = 0, time.Time{}, nil
}

// hold waits until a person has changed something; all batches do.
func (s *state) hold(i *item, o wire.Outcome) {
	s.health.fail(i, o, true)
	s.health.holdOn(o.RetryAfter)
	s.yieldAll(nil)
}

// outage waits for the store; all batches do.
func (s *state) outage(i *item, o wire.Outcome) {
	s.health.fail(i, o, false)
	s.health.retryLater(o.RetryAfter)
	s.yieldAll(nil)
}

// serverError waits for the store, which met an error of its own. An item that
// meets it again and again lets others try: where one passes, the fault is in the
// item, which is then cut down to the points at fault.
func (s *state) serverError(i *item, o wire.Outcome) {
	i.serverErrors++
	if i.poisoned || i.passedByOther {
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
// passed, there may be a fault in each of them: then a part of i tries.
func (s *state) letAnotherTry(i *item, o wire.Outcome) {
	piece, _ := i.Next()
	if s.health.deferrals%(probeAfter+1) == probeAfter && piece.Points > 1 {
		i.Halve()
		return
	}
	s.leave(i, o)
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
	if s.schedule.hasRoom() || s.schedule.head != i {
		s.leave(i, o)
	}
}

// expire rejects what the store refused for too long.
func (s *state) expire(now time.Time) {
	for _, i := range s.schedule.items() {
		if i.expired(now, s.ledger.stats.LastSuccess) {
			i.Reject(wire.ErrRejected)
			s.finish(i)
		}
	}
}

// stepAside lets the batches behind i go on, as long as not too many have done so
// while nothing passed: then all wait.
func (s *state) stepAside(i *item, o wire.Outcome) {
	few := s.health.deferrals < maxDeferred || s.schedule.hasRoom()
	if s.schedule.head != i || few && len(s.schedule.deferred) < maxHeld {
		s.leave(i, o)
		return
	}
	s.health.until = time.Now().Add(i.wait(o))
	s.yieldAll(nil)
}

// leave defers i until its own wait is over.
func (s *state) leave(i *item, o wire.Outcome) {
	i.due = time.Now().Add(i.wait(o))
	i.passedByOther = false
	s.waiters.yield(i.waiter)
	if s.schedule.moveAside(i) {
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
	if free && !i.lent && i != s.schedule.onWire {
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
	if i.waiter.settle(&report) {
		return true
	}
	delete(report.Dropped, ErrQueueFull) // overflow reports that
	if len(report.Dropped) > 0 {
		s.out.tell(&report)
	}
	return false
}
