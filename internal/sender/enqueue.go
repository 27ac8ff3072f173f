package sender

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
)

// Enqueue takes batches and returns what waits for their first verdicts; nil after
// Close. Where older batches wait for the store nobody waits for a verdict.
func (s *Sender) Enqueue(batches []encoding.Batch) *Waiter {
	s.lock()
	defer s.unlock()
	if s.closed {
		return nil
	}
	w := s.state.enqueue(batches)
	s.start()
	return w
}

// Result ends the waiting of an export and returns what became of its points.
func (s *Sender) Result(w *Waiter) delivery.Report {
	s.meter.drainShortly() // an export that returned has been measured
	s.lock()
	defer s.unlock()
	w.release()
	return w.total()
}

// queueChanged is called by the queue when something happened in it by itself.
func (s *Sender) queueChanged() {
	s.lock()
	defer s.unlock()
	if s.over {
		return
	}
	s.state.review()
	s.start()
	s.broadcast()
}
