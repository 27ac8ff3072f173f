package transport

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"hash/maphash"
	"math"
	"net/http"
	"strconv"

	"github.com/apptuitai/apptuit-go/encoding"
)

var errNotInBatch = errors.New("the answer names points that were not sent")

// transient returns a batch of the points that the store named and that may
// pass later. The error says that not all of the named are points of b.
func transient(b encoding.Batch, rejected []Rejected) (encoding.Batch, error) {
	named := make(map[uint64][]Rejected, len(rejected))
	for _, r := range rejected {
		key := cmp.Or(r.key, r.Point.key())
		named[key] = append(named[key], r)
	}
	matched := 0
	again, err := b.Filter(func(_ int, text []byte) bool {
		key := readDatapoint(text).key()
		same := named[key]
		if len(same) == 0 {
			return false
		}
		named[key] = same[1:] // a point may be in the batch twice, and named once
		matched++
		return same[0].Transient
	})
	if err == nil && matched != len(rejected) {
		err = errNotInBatch
	}
	return again, err
}

func permanent(rejected []Rejected) []Rejected {
	var kept []Rejected
	for _, r := range rejected {
		if !r.Transient {
			kept = append(kept, r)
		}
	}
	return kept
}

// named returns the point of a batch of one, as refused with o.
func named(b encoding.Batch, o Outcome) Rejected {
	r := Rejected{Reason: o.Text}
	if r.Reason == "" {
		r.Reason = http.StatusText(o.Status)
	}
	if text, err := b.JSON(); err == nil {
		text = bytes.TrimSuffix(bytes.TrimPrefix(text, []byte("[")), []byte("]"))
		r.Point = readDatapoint(text)
	}
	return r
}

// keySeed makes keys say nothing of what a point holds.
var keySeed = maphash.MakeSeed()

// key is equal for points that are the same to a store, however it writes them.
func (p Datapoint) key() uint64 {
	p.Value = canonical(p.Value)
	text, _ := json.Marshal(p) // sorts the tags; strings and numbers cannot fail
	return maphash.Bytes(keySeed, text)
}

// canonical returns one text for all notations of a number: "24", "24.0" and
// "2.4e1" are one value, and integers beyond 2^53 keep their digits.
func canonical(value string) string {
	if _, err := strconv.ParseInt(value, 10, 64); err == nil {
		return value
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return value
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
