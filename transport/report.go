package transport

import (
	"errors"
	"maps"
	"slices"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
)

func (e *SendError) dropped() int {
	n := 0
	for _, count := range e.Dropped {
		n += count
	}
	return n
}

// drop counts n points as given up. named may hold fewer.
func (e *SendError) drop(reason encoding.Reason, n int, named ...Rejected) {
	if n == 0 {
		return
	}
	if e.Dropped == nil {
		e.Dropped = make(map[encoding.Reason]int)
	}
	e.Dropped[reason] += n
	room := MaxRejected - len(e.Rejected)
	e.Rejected = append(e.Rejected, named[:min(room, len(named))]...)
}

// refuse counts a point that could not be encoded.
func (e *SendError) refuse(p encoding.Point, err error) {
	var reason encoding.Reason
	errors.As(err, &reason)
	e.drop(reason, 1)
	if len(e.Rejected) < MaxRejected {
		e.Rejected = append(e.Rejected, RejectedPoint(p, err))
	}
}

// RejectedPoint returns a point that could not be encoded, and why.
func RejectedPoint(p encoding.Point, cause error) Rejected {
	return Rejected{Point: datapointOf(p), Reason: text.Line(cause.Error())}
}

// Add counts what became of further points; the cause of other, where it has
// one, is kept instead of the own.
func (e *SendError) Add(other *SendError) {
	e.Stored += other.Stored
	e.Unsent += other.Unsent
	e.Kept += other.Kept
	for reason, n := range other.Dropped {
		e.drop(reason, n)
	}
	room := MaxRejected - len(e.Rejected)
	e.Rejected = append(e.Rejected, other.Rejected[:min(room, len(other.Rejected))]...)
	if other.Err != nil || other.Status != 0 {
		e.Err, e.Status = other.Err, other.Status
	}
}

// clone returns a report that stays as it is while e counts on.
func (e *SendError) clone() *SendError {
	c := *e
	c.Dropped, c.Rejected = maps.Clone(e.Dropped), slices.Clone(e.Rejected)
	return &c
}

// errorOrNil returns the error, nil where every point was stored.
func (e *SendError) errorOrNil() error {
	if e.Unsent == 0 && e.Kept == 0 && len(e.Dropped) == 0 {
		return nil
	}
	return e
}
