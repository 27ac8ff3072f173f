package transport

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// Why points are given up on the wire. They stand beside encoding's reasons.
const (
	ErrRejected   encoding.Reason = "rejected"   // the store refuses the point
	ErrTooLarge   encoding.Reason = "too_large"  // the store finds even the point alone too large
	ErrUnreadable encoding.Reason = "unreadable" // the batch had to be split, and its body does not decode
)

// MaxRejected bounds the points that an error names.
const MaxRejected = 10

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

// Error returns one line: how many points, what was wrong, where, and what to
// do about it.
func (e *SendError) Error() string {
	var b strings.Builder
	b.WriteString("apptuit: " + e.summary())
	if len(e.Rejected) > 0 {
		b.WriteString(", first: " + e.Rejected[0].String())
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
		return b.String()
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// Is reports whether target is the reason of a point given up.
func (e *SendError) Is(target error) bool {
	reason, ok := target.(encoding.Reason)
	return ok && e.Dropped[reason] > 0
}

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

// name returns the metric and its tags, as metric{key="value"}.
func (p Datapoint) name() string {
	if len(p.Tags) == 0 {
		return "metric " + p.Metric
	}
	var tags []string
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		tags = append(tags, key+"="+strconv.Quote(p.Tags[key]))
	}
	return p.Metric + "{" + strings.Join(tags, ",") + "}"
}

func (e *SendError) summary() string {
	dropped := e.dropped()
	total := e.Stored + dropped + e.Unsent + e.Kept
	var parts []string
	if dropped > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d points dropped (%s)", dropped, total, e.reasons()))
	}
	if e.Unsent > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d points not sent", e.Unsent, total))
	}
	if e.Kept > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d points kept in the queue", e.Kept, total))
	}
	return strings.Join(parts, ", ")
}

func (e *SendError) reasons() string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(e.Dropped)) {
		parts = append(parts, fmt.Sprintf("%s: %d", string(reason), e.Dropped[reason]))
	}
	return strings.Join(parts, ", ")
}
