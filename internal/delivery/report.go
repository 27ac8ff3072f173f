package delivery

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// MaxRejected bounds the points that a report names.
const MaxRejected = 10

// A Report says what became of points.
type Report struct {
	// Status is the HTTP status of the answer that Err tells of, 0 for none.
	Status int
	// Stored counts the points that the store has.
	Stored int
	// Dropped counts the points given up, by reason.
	Dropped map[encoding.Reason]int
	// Unsent counts the points neither stored nor given up.
	Unsent int
	// Kept counts the points that an exporter keeps, to send them later by itself.
	Kept int
	// Rejected are the first of the points given up, at most [MaxRejected], with why.
	Rejected []wire.Rejected
	// Err is the cause. It is nil where points were given up before the wire.
	Err error
}

// Error returns one line: how many points, what was wrong, where, and what to
// do about it.
func (r *Report) Error() string {
	var b strings.Builder
	b.WriteString("apptuit: " + cmp.Or(r.summary(), "all points are counted"))
	if len(r.Rejected) > 0 {
		b.WriteString(", first: " + r.Rejected[0].String())
	}
	if r.Err != nil {
		b.WriteString(": " + r.Err.Error())
		return b.String()
	}
	if r.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", r.Status)
	}
	return b.String()
}

// Unwrap returns the cause.
func (r *Report) Unwrap() error { return r.Err }

func (r *Report) summary() string {
	dropped := r.DroppedPoints()
	total := r.Stored + dropped + r.Unsent + r.Kept
	var parts []string
	if dropped > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d points dropped (%s)", dropped, total, r.reasons()))
	}
	if r.Unsent > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d points not sent", r.Unsent, total))
	}
	if r.Kept > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d points kept in the queue", r.Kept, total))
	}
	return strings.Join(parts, ", ")
}

func (r *Report) reasons() string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(r.Dropped)) {
		parts = append(parts, fmt.Sprintf("%s: %d", string(reason), r.Dropped[reason]))
	}
	return strings.Join(parts, ", ")
}

// DroppedPoints counts the points given up, for whatever reason.
func (r *Report) DroppedPoints() int {
	n := 0
	for _, count := range r.Dropped {
		n += count
	}
	return n
}

// drop counts n points as given up. named may hold fewer.
func (r *Report) drop(reason encoding.Reason, n int, named ...wire.Rejected) {
	if n == 0 {
		return
	}
	if r.Dropped == nil {
		r.Dropped = make(map[encoding.Reason]int)
	}
	r.Dropped[reason] += n
	room := MaxRejected - len(r.Rejected)
	r.Rejected = append(r.Rejected, named[:min(room, len(named))]...)
}

// giveUp counts n points that an outcome says are refused.
func (r *Report) giveUp(reason encoding.Reason, n int, o wire.Outcome, points ...wire.Rejected) {
	if n == 0 {
		return
	}
	r.drop(reason, n, points...)
	r.Err, r.Status = o.Err, o.Status
}

// dropPiece gives up a point for why it was refused.
func (r *Report) dropPiece(p piece) {
	reason := wire.ErrRejected
	if p.cause.Verdict == wire.Halve {
		reason = wire.ErrTooLarge
	}
	r.giveUp(reason, p.Points, p.cause, named(p.Batch, p.cause))
}

// Refuse counts a point that could not be encoded.
func (r *Report) Refuse(p encoding.Point, err error) {
	var reason encoding.Reason
	errors.As(err, &reason)
	r.drop(reason, 1)
	if len(r.Rejected) < MaxRejected {
		r.Rejected = append(r.Rejected, RejectedPoint(p, err))
	}
}

// RejectedPoint returns a point that could not be encoded, and why.
func RejectedPoint(p encoding.Point, cause error) wire.Rejected {
	return wire.Rejected{Point: wire.DatapointOf(p), Reason: text.Line(cause.Error())}
}

// Add counts what became of further points; the cause of other, where it has
// one, is kept instead of the own.
func (r *Report) Add(other *Report) {
	r.Stored += other.Stored
	r.Unsent += other.Unsent
	r.Kept += other.Kept
	for reason, n := range other.Dropped {
		r.drop(reason, n)
	}
	room := MaxRejected - len(r.Rejected)
	r.Rejected = append(r.Rejected, other.Rejected[:min(room, len(other.Rejected))]...)
	if other.Err != nil || other.Status != 0 {
		r.Err, r.Status = other.Err, other.Status
	}
}

// clone returns a report that stays as it is while r counts on.
func (r *Report) clone() *Report {
	c := *r
	c.Dropped, c.Rejected = maps.Clone(r.Dropped), slices.Clone(r.Rejected)
	return &c
}

// AllStored tells whether nothing else became of any point.
func (r *Report) AllStored() bool { return r.Unsent == 0 && r.Kept == 0 && len(r.Dropped) == 0 }
