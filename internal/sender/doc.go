// Package sender keeps batches from when an exporter accepted them until the store
// has them or they are given up. Whose turn it is, what a verdict means, and what
// became of each point is decided here.
//
// Read it in this order:
//
//	sender.go    New, and the goroutines that are on the wire
//	state.go     what the lock guards, and what happens to the queue by itself
//	enqueue.go   what comes in
//	waiter.go    an export that waits for its batches
//	schedule.go  which batch is next, and how many are on the wire at a time
//	item.go      a batch that was taken from the queue
//	health.go    how the store as a whole is doing, and what is reported of it
//	decide.go    the one place where a step of a delivery becomes a decision for all
//	ledger.go    the figures
//	flush.go     Flush and Close
//	outbox.go    what is passed on when the lock is released
//	bodies.go    the memory of bodies, used again
//	worker.go    the goroutine that calls foreign code
//	notifier.go  the one that calls the error handler
//
// The network is behind [wire.Wire], what is made of a verdict for one batch in
// package delivery, and the disk behind [queue.Queue]. No lock is held across any
// of them.
package sender
