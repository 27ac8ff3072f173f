package sender

import (
	"context"
	"fmt"
	"log/slog"
)

// A notifier calls the error handler.
type notifier struct {
	handle func(error)
	worker worker
}

func newNotifier(handle func(error)) *notifier {
	n := &notifier{handle: handle}
	n.worker.panicked = func(text string) { // the handler itself cannot be told
		slog.Error("apptuit: the error handler panicked: " + text)
	}
	n.worker.missed = func(missed int) {
		handle(fmt.Errorf("apptuit: %d more errors were not told, for the error handler took too long", missed))
	}
	return n
}

// tell lets the error handler hear of errs, in their order.
func (n *notifier) tell(errs ...error) {
	for _, err := range errs {
		n.worker.do(func() { n.handle(err) })
	}
}

// drain waits until all is told, or ctx ends.
func (n *notifier) drain(ctx context.Context) { n.worker.drain(ctx) }
