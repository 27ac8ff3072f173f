package queue

import (
	"context"
	"fmt"
	"time"
)

const (
	patience     = 5 * time.Second // within which a disk has to answer
	firstRetry   = time.Second
	longestRetry = time.Minute
)

// An alarm knows what is wrong with the disk.
type alarm struct {
	writes, reads trouble
	hangs         error  // an operation has not returned for long; nil: none
	began         uint64 // how many operations began, and
	ended         uint64 // how many returned
	told          bool   // that the disk fails
}

// A trouble is that one kind of operation fails.
type trouble struct {
	err   error // nil: it does not
	wait  time.Duration
	tried time.Time
	due   time.Time // when it is tried again
}

func (t *trouble) begin(err error) {
	t.wait = min(max(2*t.wait, firstRetry), longestRetry)
	t.err, t.tried = err, time.Now()
	t.due = t.tried.Add(t.wait)
}

func (t *trouble) end() { *t = trouble{} }

// hurry tries again soon, for there is something new.
func (t *trouble) hurry() {
	if soon := t.tried.Add(firstRetry); t.err != nil && soon.Before(t.due) {
		t.due = soon
	}
}

// left is how long to wait.
func (t *trouble) left() time.Duration {
	if t.err == nil {
		return 0
	}
	return max(0, time.Until(t.due))
}

// failure is why the disk is not used as it should be.
func (a *alarm) failure() error {
	for _, err := range []error{a.hangs, a.writes.err, a.reads.err} {
		if err != nil {
			return err
		}
	}
	return nil
}

// news tells once that the disk began to fail, and that it ceased to.
func (a *alarm) news(path string) []Notice {
	err := a.failure()
	switch {
	case err != nil && !a.told:
		a.told = true
		return []Notice{{Err: err}}
	case err == nil && a.told:
		a.told = false
		return []Notice{{Err: fmt.Errorf("spool %s: the disk takes and gives batches again", shown(path))}}
	}
	return nil
}

// whyNot is why a batch is not on disk at the end.
func (a *alarm) whyNot(ctx context.Context) error {
	if err := a.failure(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errClosed
}
