package transport

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// Why points are given up on the wire. They stand beside encoding's reasons.
const (
	ErrRejected   = wire.ErrRejected   // the store refuses the point
	ErrTooLarge   = wire.ErrTooLarge   // the store finds even the point alone too large
	ErrUnreadable = wire.ErrUnreadable // the batch had to be split, and its body does not decode
)

// A SendError says what became of points that were not all stored. errors.Is
// finds in it the reasons of the points given up, the cause, and the context's
// error where that ended the attempts.
type SendError struct {
	// Status is the HTTP status of the answer that Err tells of, 0 for none.
	Status int
	// Stored counts the points that the store has.
	Stored int
	// Dropped counts the points given up, by reason.
	Dropped map[encoding.Reason]int
	// Unsent counts the points neither stored nor given up: the caller still has
	// them and may send them again.
	Unsent int
	// Kept counts the points that an exporter keeps, to send them later by itself.
	Kept int
	// Rejected are the first of the points given up, at most 10, with why.
	Rejected []Rejected
	// Err is the cause. It is nil where points were given up before the wire.
	Err error
}

// FromReport returns the error of a report. It is for this module alone.
func FromReport(r *delivery.Report) *SendError {
	e := &SendError{Status: r.Status, Stored: r.Stored, Dropped: r.Dropped, Unsent: r.Unsent, Kept: r.Kept, Err: r.Err}
	for _, p := range r.Rejected {
		e.Rejected = append(e.Rejected, Rejected{Point: Datapoint(p.Point), Reason: p.Reason, Transient: p.Transient})
	}
	return e
}

func (e *SendError) report() *delivery.Report {
	r := &delivery.Report{Status: e.Status, Stored: e.Stored, Dropped: e.Dropped, Unsent: e.Unsent, Kept: e.Kept, Err: e.Err}
	for _, p := range e.Rejected {
		r.Rejected = append(r.Rejected, p.wire())
	}
	return r
}

// Error returns one line: how many points, what was wrong, where, and what to
// do about it.
func (e *SendError) Error() string { return e.report().Error() }

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// Is reports whether target is the reason of a point given up.
func (e *SendError) Is(target error) bool {
	reason, ok := target.(encoding.Reason)
	return ok && e.Dropped[reason] > 0
}

// A Rejected is a point that was refused.
type Rejected struct {
	// Point is the point as the server repeated it, without any secret, and each
	// text of it at most 256 characters.
	Point Datapoint
	// Reason is why, in the words of the server, at most 256 characters.
	Reason string
	// Transient: the same point may pass later.
	Transient bool
}

// String returns the point's metric and tags, and why it was refused.
func (r Rejected) String() string { return r.wire().String() }

func (r Rejected) wire() wire.Rejected {
	return wire.Rejected{Point: wire.Datapoint(r.Point), Reason: r.Reason, Transient: r.Transient}
}

// A Datapoint is a point as it stands on the wire.
type Datapoint struct {
	// Metric is the name.
	Metric string
	// Tags are the tags by key.
	Tags map[string]string
	// Timestamp counts seconds since the Unix epoch, or milliseconds where it
	// does not fit in 32 bits.
	Timestamp int64
	// Value is the text of the number.
	Value string
}
