package apptuit

import (
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/observ"
	"github.com/apptuitai/apptuit-go/internal/sender"
)

// Stats is what an exporter did since it was made, and what it holds now. It is
// there when the metrics of the exporter themselves cannot be sent.
type Stats struct {
	// Sent counts the points that the store took.
	Sent uint64
	// Dropped counts, by reason, the points that were given up.
	Dropped map[encoding.Reason]uint64
	// DroppedTags counts the tags left out of series, once for each series.
	DroppedTags uint64

	// LastSuccess is when the store last took points; zero for never.
	LastSuccess time.Time
	// Failures counts the attempts in a row, since the last success, in which the
	// store was not reached or took nothing.
	Failures int

	// QueuedBatches, QueuedPoints and QueuedBytes wait: not stored yet
	// and not given up. Bytes are those of the compressed bodies.
	QueuedBatches int
	QueuedPoints  int
	QueuedBytes   int64
}

func statsOf(s sender.Stats) Stats {
	return Stats{
		Sent: s.Sent, Dropped: s.Dropped, LastSuccess: s.LastSuccess, Failures: s.Failures,
		QueuedBatches: s.QueuedBatches, QueuedPoints: s.QueuedPoints, QueuedBytes: s.QueuedBytes,
	}
}

// ownQueue returns what observes the queue, for the exporter's own metrics; nil where
// only the default ones are wanted.
func (e *Exporter) ownQueue() observ.Queue {
	if e.cfg.selfMetrics != SelfMetricsAll {
		return nil
	}
	return e.queueSize
}

// queueSize is what waits, for the exporter's own metrics.
func (e *Exporter) queueSize() (batches int, bytes int64) {
	s := e.sender.Stats()
	return s.QueuedBatches, s.QueuedBytes
}

// Why points that Export accepted are given up without the store's word.
const (
	ErrQueueFull = sender.ErrQueueFull // the oldest made room for the newest
	ErrShutdown  = sender.ErrShutdown  // left in memory when the exporter ended
	ErrDamaged   = sender.ErrDamaged   // their record in the spool cannot be read
)

// A TroubleError tells the error handler that a store takes no points, once when
// that begins and once when it ends. What was exported meanwhile is kept and
// sent afterwards, as far as the queue holds it.
type TroubleError struct {
	// Endpoint is the store.
	Endpoint string
	// Since is when it began.
	Since time.Time
	// Ended is how long it took; 0 while it goes on.
	Ended time.Duration
	// Hold is set where a person has to change something, such as the token.
	Hold bool
	// Err is the first cause.
	Err error
}

// Error returns one line.
func (e *TroubleError) Error() string { return (*sender.Trouble)(e).Error() }

// Unwrap returns the first cause.
func (e *TroubleError) Unwrap() error { return e.Err }
