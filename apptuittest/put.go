package apptuittest

import (
	"encoding/json"
	"net/http"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A putSummary counts the points of a put.
type putSummary struct {
	Success int `json:"success"`
	Failed  int `json:"failed"`
}

// putDetails lists those that were not stored, too.
type putDetails struct {
	putSummary
	Errors []pointError `json:"errors"`
}

// A pointError is one point that was not stored, as it was sent, and why.
type pointError struct {
	Datapoint json.RawMessage `json:"datapoint"`
	Error     string          `json:"error"`
}

// servePut stores the good points of a put and answers for all.
func (x *exchange) servePut() {
	put := x.put()
	if put.err != nil {
		x.refuse(put.err)
		return
	}
	good, bad := x.sort(put.points)
	if !x.srv.store.add(good) {
		x.refuse(refusef(http.StatusServiceUnavailable, "the store is full: its bound is %d points", x.srv.cfg.maxPoints))
		return
	}
	x.answerPut(len(good), bad)
}

// sort parts the points that can be stored from those that cannot.
func (x *exchange) sort(points []sentPoint) (good []encoding.Point, bad []pointError) {
	bad = []pointError{} // not nil: in JSON an empty list is [], not null
	for _, p := range points {
		reason := p.reason(x.reject)
		if reason != "" {
			bad = append(bad, pointError{p.text, reason})
			continue
		}
		good = append(good, p.point)
	}
	return good, bad
}

// answerPut answers as OpenTSDB does: what failed is listed under ?details,
// counted under ?summary, and else only said.
func (x *exchange) answerPut(success int, bad []pointError) {
	status := http.StatusOK
	if len(bad) > 0 {
		status = http.StatusBadRequest
	}
	summary := putSummary{success, len(bad)}
	query := x.r.URL.Query()
	switch {
	case query.Has("details"):
		writeJSON(x, status, putDetails{summary, bad})
	case query.Has("summary"):
		writeJSON(x, status, summary)
	case len(bad) > 0:
		x.refuse(refusef(status, "%d of %d points were not stored: put with ?details to see which", len(bad), success+len(bad)))
	default:
		x.WriteHeader(http.StatusNoContent)
	}
}
