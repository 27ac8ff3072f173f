package apptuit_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

func TestExportDoesNotWaitOutAnOutage(t *testing.T) {
	for name, fault := range map[string]reply{"retry": status(503, ""), "hang": hangs(true)} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.BreakDown(fault)
				r.accept(1) // this one finds out
				for range 60 {
					r.within(0, func() { r.accept(1) })
					elapse(time.Minute)
				}
				r.Heal()
				elapse(5 * time.Minute)
				r.wantStored()
				r.wantHeard(begins, ends)
			})
		})
	}
}

func TestAnEmptyExportIsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(refused)
		r.accept(0)
		if len(r.Requests()) > 0 {
			t.Error("there was a request")
		}
		r.wantStats(nil)
	})
}

// The newest is sent first once an outage is over, and then the oldest, of which four are
// on the wire at a time.
func TestNewestFirstThenTheOldest(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(refused)
		for range 20 {
			r.accept(1)
			elapse(time.Second)
		}
		r.BreakDown(after(time.Second, reached))
		elapse(time.Minute)
		for i, p := range r.store.Points() {
			n, turn := int(number(p)), i-1
			if newest := n == 19; newest != (i == 0) || !newest && n/4 != turn/4 {
				t.Errorf("point %d arrived as number %d", n, i)
			}
		}
	})
}

// What an outage turns out to need a person for is told once more.
func TestAnOutageBecomesAHold(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(refused, refused, status(401, ""), status(401, ""), refused)
		r.accept(3)
		elapse(time.Hour)
		r.wantHeard(begins, holds, ends)
		r.wantStored()
	})
}

// Points that were dropped before the rest of their batch met a hold are
// returned once, with it, and not told again.
func TestDroppedThenHeldIsToldOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.store.Inject(badRequestOn(4))
		r.Play(append(times(5, reached), status(401, ""))...) // all but point 5 by then
		var e *transport.SendError
		err := r.export(8)
		if !errors.As(err, &e) || e.Stored != 6 || e.Dropped[transport.ErrRejected] != 1 || e.Kept != 1 || e.Status != 401 {
			t.Errorf("Export: %+v", err)
		}
		elapse(time.Hour)
		r.wantStored(4)
		r.wantHeard(ends)
		r.wantStats(dropped{transport.ErrRejected: 1})
	})
}

// The error handler is called without any lock.
func TestErrorHandlerMayUseTheExporter(t *testing.T) {
	var r *rig
	calls := 0
	inBubble(t, func(t *testing.T, own *rig) {
		r = own
		r.BreakDown(refused)
		r.accept(1)
		r.Heal()
		elapse(time.Minute)
		r.wantStored()
		if calls != 2 {
			t.Errorf("the error handler was called %d times", calls)
		}
	}, apptuit.WithErrorHandler(func(error) {
		calls++
		r.Stats()
		_ = r.Export(context.Background(), r.points(0))
	}))
}

// Batches that step aside, however many, let those behind them go on in the end.
func TestManyBadBatchesBlockNobodyForGood(t *testing.T) {
	t.Parallel()
	const bad = 20
	var numbers []int64
	for i := range int64(bad + 1) { // the newest goes first, and the good one last
		if i != bad-1 {
			numbers = append(numbers, 2*i, 2*i+1)
		}
	}
	for name, fault := range map[string]apptuittest.Fault{
		"held":     badRequestOn(numbers...),
		"poisoned": apptuittest.Status(500).OnPoint(isOneOf(numbers...)),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.BreakDown(refused)
				for range bad + 1 {
					r.accept(2)
				}
				r.store.Inject(fault)
				r.Heal()
				elapse(4 * time.Hour)
				r.wantStored(numbers...)
				r.wantStats(dropped{transport.ErrRejected: 2 * bad})
			})
		})
	}
}

// One bad point in each batch, as one bad series makes it, costs itself only.
func TestPoisonInEachBatch(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, r *rig) {
		var bad []int64
		for i := range 20 {
			bad = append(bad, int64(16*i+11))
		}
		r.store.Inject(apptuittest.Status(500).OnPoint(isOneOf(bad...)))
		for range 20 {
			r.accept(16)
			elapse(10 * time.Second)
		}
		elapse(2 * time.Hour)
		r.wantStored(bad...)
		r.wantStats(dropped{transport.ErrRejected: 20})
	})
}

// Where each batch meets 500 it is the store, however long: nothing is dropped.
func TestALongOutageOf500LosesNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, r *rig) {
		r.accept(4)
		r.BreakDown(status(500, "no disk"))
		for range 60 {
			r.accept(4)
			elapse(time.Minute)
		}
		elapse(12 * time.Hour)
		if n := len(r.Requests()); n > 13*60*4 {
			t.Errorf("%d requests in 13 hours", n)
		}
		r.Heal()
		elapse(10 * time.Minute)
		r.wantStored()
		r.wantHeard(begins, ends)
		r.wantStats(nil)
	})
}

// Points that the store puts off for ever do not block others, in any number.
func TestManyPutOffPointsBlockNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.store.Inject(apptuittest.RejectPoints(func(p encoding.Point) string {
			if n, _ := strconv.Atoi(p.Value.String()); n%2 == 0 {
				return "Storage exception"
			}
			return ""
		}))
		for range 30 {
			r.accept(2)
		}
		if stored := len(r.store.Points()); stored != 30 {
			t.Errorf("%d points stored, want 30", stored)
		}
	})
}

// What is put off is bounded, for its bodies are in memory: then all wait.
func TestWhatIsPutOffIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		throttle := r.store.Inject(apptuittest.RejectPoints(func(encoding.Point) string { return "Please throttle" }))
		for range 200 {
			r.accept(1)
			elapse(10 * time.Millisecond)
		}
		if n := len(r.Requests()); n > 300 {
			t.Errorf("%d requests in two seconds", n)
		}
		throttle.Remove()
		elapse(10 * time.Minute)
		r.wantStored()
		r.wantStats(nil)
	})
}

// Held batches and good ones in turns: the good ones do not wait.
func TestHeldAndGoodInTurns(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, r *rig) {
		var bad []int64
		for i := range 15 {
			bad = append(bad, int64(3*i), int64(3*i+1))
		}
		r.store.Inject(badRequestOn(bad...))
		for range 15 {
			r.wantKept(r.export(2), 2, "Bad Request")
			r.accept(1)
		}
		r.wantStored(bad...)
		elapse(70 * time.Minute)
		r.wantStats(dropped{transport.ErrRejected: 30})
	})
}

// Exports larger than the queue return what they lost, and nobody else tells it.
func TestExportLargerThanTheQueue(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		err := r.export(10)
		e := r.wantDropped(err, 8, apptuit.ErrQueueFull)
		if e.Stored+e.Kept != 2 {
			t.Errorf("%+v", e)
		}
		elapse(time.Minute)
		r.wantHeard("the queue is full", "the queue was full and is empty again")
		r.wantStats(dropped{apptuit.ErrQueueFull: 8})
	}, apptuit.WithQueueSize(200), apptuit.WithMaxBatch(1), apptuit.WithCompression(encoding.CompressNone))
}

// The batch on the wire may go because of the bound: it is counted as stored or
// as dropped, and the state of the store is told all the same.
func TestTheBoundTakesTheBatchOnTheWire(t *testing.T) {
	for name, c := range map[string]struct {
		answer reply
		drops  dropped
		heard  []string
	}{
		"stored": {after(time.Second, reached), dropped{}, nil},
		"failed": {after(time.Second, refused), dropped{apptuit.ErrQueueFull: 1}, []string{begins, "the queue is full", ends, "empty again"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.Play(c.answer)
				go r.export(1)
				synctest.Wait()
				go r.export(1)
				elapse(time.Minute)
				r.wantHeard(c.heard...)
				r.wantStats(c.drops)
			}, apptuit.WithQueueSize(1))
		})
	}
}

// Whatever is called at the same time, all is accounted for.
func TestConcurrentSafe(t *testing.T) {
	t.Parallel()
	for seed := range 5 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.BreakDown(unsteady(uint64(seed), reached, reached, refused, status(503, ""), after(time.Millisecond, reached)))
				var exported atomic.Int64
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						for range 50 {
							ctx, cancel := context.WithTimeout(t.Context(), time.Second)
							if r.Export(ctx, r.points(3)) == nil {
								exported.Add(3)
							}
							cancel()
							time.Sleep(100 * time.Millisecond)
						}
					})
					wg.Go(func() {
						for range 50 {
							ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
							_ = r.ForceFlush(ctx)
							cancel()
							r.Stats()
						}
					})
				}
				elapse(4 * time.Second)
				for range 3 {
					wg.Go(func() { _ = r.shutdown(time.Second) })
				}
				wg.Wait()
				elapse(time.Minute)
				s := r.Stats()
				if got := s.Sent + s.Dropped[apptuit.ErrShutdown]; got != uint64(exported.Load()) || s.QueuedPoints != 0 {
					t.Errorf("%d points exported: %+v", exported.Load(), s)
				}
			})
		})
	}
}
