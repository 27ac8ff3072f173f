package delivery

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

var errNotInBatch = errors.New("the answer names points that were not sent")

// transient returns a batch of the points that the store named and that may
// pass later. The error says that not all of the named are points of b.
func transient(b encoding.Batch, rejected []wire.Rejected) (encoding.Batch, error) {
	return filter(b, rejected, func(r wire.Rejected, named bool) bool { return named && r.Transient })
}

// without returns a batch of the points that are not named. The error says that not
// all of the named are points of b.
func without(b encoding.Batch, rejected []wire.Rejected) (encoding.Batch, error) {
	return filter(b, rejected, func(_ wire.Rejected, named bool) bool { return !named })
}

// filter returns a batch of the points that keep wants, which is told whether a
// point is named, and how.
func filter(b encoding.Batch, rejected []wire.Rejected, keep func(r wire.Rejected, named bool) bool) (encoding.Batch, error) {
	open := make(map[uint64][]wire.Rejected, len(rejected))
	for _, r := range rejected {
		open[r.Key()] = append(open[r.Key()], r)
	}
	matched := 0
	kept, err := b.Filter(func(_ int, text []byte) bool {
		key := wire.ReadDatapoint(text).Key()
		same := open[key]
		if len(same) == 0 {
			return keep(wire.Rejected{}, false)
		}
		open[key] = same[1:] // a point may be in the batch twice, and named once
		matched++
		return keep(same[0], true)
	})
	if err == nil && matched != len(rejected) {
		err = errNotInBatch
	}
	return kept, err
}

func permanent(rejected []wire.Rejected) []wire.Rejected {
	var kept []wire.Rejected
	for _, r := range rejected {
		if !r.Transient {
			kept = append(kept, r)
		}
	}
	return kept
}

// named returns the point of a batch of one, as refused with o.
func named(b encoding.Batch, o wire.Outcome) wire.Rejected {
	r := wire.Rejected{Reason: o.Text}
	if r.Reason == "" {
		r.Reason = http.StatusText(o.Status)
	}
	if text, err := b.JSON(); err == nil {
		text = bytes.TrimSuffix(bytes.TrimPrefix(text, []byte("[")), []byte("]"))
		r.Point = wire.ReadDatapoint(text)
	}
	return r
}
