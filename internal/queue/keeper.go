package queue

import "time"

// A keeper runs the one goroutine of a Spool that waits for the disk, while there
// is something to do.
type keeper struct {
	plan  func() (job func(), wait time.Duration) // what to do next
	do    func(job func())
	wake  chan struct{} // holds one: there is something new to do
	ended chan struct{} // closed when the spool is closed and the keeper is gone

	running bool // there is that goroutine; guarded by the mutex of the index
}

func newKeeper(plan func() (func(), time.Duration), do func(func())) keeper {
	return keeper{plan: plan, do: do, wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

// start sees to it that the goroutine is there, and that it looks again.
func (k *keeper) start() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
	if k.running || k.isEnded() {
		return
	}
	k.running = true
	go k.keep()
}

// keep is that goroutine. It ends when there is nothing to do, or when the spool is
// closed.
func (k *keeper) keep() {
	for !k.isEnded() {
		job, wait := k.plan()
		switch {
		case job != nil:
			k.do(job)
		case wait > 0:
			k.sleep(wait)
		default:
			return
		}
	}
}

func (k *keeper) sleep(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-k.wake:
	}
}

func (k *keeper) isEnded() bool {
	select {
	case <-k.ended:
		return true
	default:
		return false
	}
}
