package apptuittest

import (
	"encoding/json"
	"net/http"
	"slices"
	"unicode/utf8"
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

// A pointError is one point that was not stored, as it was sent, and why. The texts
// of a point that is too large are cut.
type pointError struct {
	Datapoint json.RawMessage `json:"datapoint"`
	Error     string          `json:"error"`
}

// servePut stores the good points of a put and answers for all.
func (x *exchange) servePut() {
	if refuseChunk(x) {
		return
	}
	put := x.put()
	if put.err != nil {
		x.refuse(put.err)
		return
	}
	good, bad := x.sort(put.points)
	if err := x.srv.store.add(good); err != nil {
		x.refuse(err)
		return
	}
	x.answerPut(len(good), bad)
}

// A failures counts the points that were not stored, and lists as many as fit
// in an answer.
type failures struct {
	count, bytes int
	listed       []pointError
}

func (f *failures) add(p sentPoint, reason string) {
	f.count++
	shown := echo(p.text)
	f.bytes += len(shown) + len(reason) + pointErrorBytes
	if f.bytes <= maxErrorBytes {
		f.listed = append(f.listed, pointError{shown, reason})
	}
}

// echo returns a point for an answer. Of one that is too large each string is cut,
// and where that is not enough, nothing of it is left.
func echo(point json.RawMessage) json.RawMessage {
	if len(point) <= maxPointBytes {
		return point
	}
	var short []byte
	for rest := []byte(point); len(rest) > 0; {
		n := 1
		if rest[0] == '"' {
			n += stringLen(rest[1:])
		}
		piece := rest[:n]
		if n > maxRefusalText+2 {
			piece = cutString(piece)
		}
		if len(short)+len(piece) > maxPointBytes {
			return json.RawMessage("{}")
		}
		short = append(short, piece...)
		rest = rest[n:]
	}
	return short
}

// cutString returns the beginning of a string of JSON that is longer. An escape is
// kept whole or not at all.
func cutString(text []byte) []byte {
	end := 1
	for i := 1; i <= maxRefusalText; {
		end = i
		switch {
		case text[i] != '\\':
			i++
		case text[i+1] == 'u':
			i += len(`\u0000`)
		default:
			i += len(`\n`)
		}
	}
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return append(slices.Clone(text[:end]), `..."`...)
}

// pointErrorBytes is what an error takes in an answer beside its texts.
const pointErrorBytes = 32

// sort parts the points that can be stored from those that cannot.
func (x *exchange) sort(points []sentPoint) (good []sentPoint, bad failures) {
	bad.listed = []pointError{} // not nil: in JSON an empty list is [], not null
	for _, p := range points {
		reason := p.reason(x.reject)
		if reason == "" && x.srv.cfg.openTSDB {
			reason = openTSDBReason(p.point())
		}
		if reason != "" {
			bad.add(p, reason)
			x.srv.refused.add(http.StatusBadRequest, reason, p.text)
			continue
		}
		good = append(good, p)
	}
	return good, bad
}

// answerPut answers as OpenTSDB does: what failed is listed under ?details,
// counted under ?summary, and else only said.
func (x *exchange) answerPut(success int, bad failures) {
	status := http.StatusOK
	if bad.count > 0 {
		status = http.StatusBadRequest
	}
	summary := putSummary{success, bad.count}
	query := x.r.URL.Query()
	switch {
	case query.Has("details"):
		writeJSON(x, status, putDetails{summary, bad.listed})
	case query.Has("summary"):
		writeJSON(x, status, summary)
	case bad.count > 0:
		x.refuse(refusef(status, "%d of %d points were not stored: put with ?details to see which", bad.count, success+bad.count))
	default:
		x.WriteHeader(http.StatusNoContent)
	}
}
