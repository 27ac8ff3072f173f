package apptuit

import (
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
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

	// QueuedBatches, QueuedPoints and QueuedBytes are in custody: not stored yet
	// and not given up. Bytes are those of the compressed bodies.
	QueuedBatches int
	QueuedPoints  int
	QueuedBytes   int64
}
