package sender

import (
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// An item is a batch that was taken from the queue.
type item struct {
	*delivery.Delivery
	seq        uint64
	collection uint64 // the number of the first batch that came with it; 0 where an earlier process left it
	body       []byte
	lent       bool // net/http may yet read body
	points     int
	left       int // of its points, as of its last verdict
	waiter     *Waiter
	counted    delivery.Report // what of it is in the figures
	reported   delivery.Report // what of it an export or the error handler was told
	evicted    bool            // the bound took its batch from the queue while it was on the wire

	// Of its attempts.
	onWire    bool   // there is one
	epoch     uint64 // of the store's health, when the last one began
	overtaken bool   // the store was found in trouble, or to need another token, after that
	unwell    bool   // the store did not take what was sent, and that may be its own fault
	trusted   bool   // another item passed while it was on the wire

	// Once it is deferred.
	deferred      bool
	backoff       *wire.Backoff // nil before the first
	due           time.Time     // when it is tried again
	serverErrors  int           // 500s in a row, deferred or not
	passedByOther bool          // another item passed since its last attempt
	partPassed    bool          // a part of it did, after it had met 500s
	poisoned      bool          // others pass where it meets 500

	// Once the store takes no part of it.
	refusedSince   time.Time // since when; zero where it does
	refusedTrouble *Trouble  // what was told of it; nil for nothing
	searched       bool      // each part was tried
	hurried        bool      // it was not tried since a flush began
}

func newItem(e queue.Entry, w *Waiter, collection uint64) *item {
	return &item{
		Delivery:   delivery.New(e.Batch),
		seq:        e.Seq,
		collection: collection,
		body:       e.Batch.Body,
		points:     e.Batch.Points,
		left:       e.Batch.Points,
		waiter:     w,
	}
}

// cameWith tells whether both are of one collection, as far as is known: of what an
// earlier process left it is not.
func (i *item) cameWith(other *item) bool {
	return i.collection != 0 && i.collection == other.collection
}

// innocent tells whether nothing that was met may be the fault of the item, and
// nothing of it has to be known when it is taken again.
func (i *item) innocent() bool {
	return i.Untouched() && i.serverErrors == 0 && i.refusedSince.IsZero() && i.backoff == nil && !i.evicted
}

// report returns what became of its points and was not reported before; what is
// left is unsent because of cause.
func (i *item) report(cause error) delivery.Report {
	all := i.Report(cause)
	fresh := since(all, &i.reported)
	i.reported = *all
	return fresh
}

// wait returns how long it is deferred.
func (i *item) wait(o wire.Outcome) time.Duration {
	if i.backoff == nil {
		i.backoff = wire.NewPauseBackoff()
	}
	return i.backoff.Next(o.RetryAfter)
}

// hurry ends its wait.
func (i *item) hurry() {
	i.due, i.hurried = time.Now(), true
	if i.backoff != nil {
		i.backoff.Reset()
	}
}

// expired tells whether the store refused it for too long. What the store calls too
// large at any size expires only where it takes others.
func (i *item) expired(now, lastSuccess time.Time) bool {
	if i.refusedSince.IsZero() || now.Sub(i.refusedSince) < refusedLimit {
		return false
	}
	return !i.TooLarge() || lastSuccess.After(i.refusedSince)
}
