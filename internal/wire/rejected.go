package wire

import (
	"cmp"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// Why points are given up on the wire. They stand beside encoding's reasons.
const (
	ErrRejected   encoding.Reason = "rejected"   // the store refuses the point
	ErrTooLarge   encoding.Reason = "too_large"  // the store finds even the point alone too large
	ErrUnreadable encoding.Reason = "unreadable" // the batch had to be split, and its body does not decode
)

// A Rejected is a point that was refused.
type Rejected struct {
	// Point is the point as the server repeated it, without any secret, and each
	// text of it at most 256 characters.
	Point Datapoint
	// Reason is why, in the words of the server, at most 256 characters.
	Reason string
	// Transient: the same point may pass later.
	Transient bool
	// Code is why, where the wire itself refused the point; else it is empty.
	Code encoding.Reason

	key uint64 // of the point before secrets were masked in it; 0: of Point
}

// Key is equal for what was named and for the point of a batch that is meant.
func (r Rejected) Key() uint64 { return cmp.Or(r.key, r.Point.Key()) }

// String returns the point's metric and tags, and why it was refused.
func (r Rejected) String() string {
	reason := r.Reason
	if reason == "" {
		reason = "no reason given"
	}
	if r.Point.Metric == "" {
		return reason
	}
	return text.Line(r.Point.name()) + ": " + reason
}
