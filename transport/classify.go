package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
)

// verdicts are those of the statuses that are not like the rest of their class.
var verdicts = map[int]Verdict{
	http.StatusRequestTimeout:                Retry,
	http.StatusRequestEntityTooLarge:         Halve,
	http.StatusUnsupportedMediaType:          Bisect,
	http.StatusUnprocessableEntity:           Bisect,
	http.StatusTooEarly:                      Retry,
	http.StatusTooManyRequests:               Retry,
	http.StatusNotImplemented:                Hold,
	http.StatusHTTPVersionNotSupported:       Hold,
	http.StatusNetworkAuthenticationRequired: Hold,
}

// hints say what to do about a status.
var hints = map[int]string{
	http.StatusUnauthorized:     "check the token (WithToken, APPTUIT_API_TOKEN)",
	http.StatusForbidden:        "check what the token may do (WithToken, APPTUIT_API_TOKEN)",
	http.StatusNotFound:         "check the path of the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)",
	http.StatusMethodNotAllowed: "check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)",
	http.StatusGone:             "check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)",
	http.StatusNotImplemented:   "check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)",
}

// putHints say what to do about a status that a put was answered with.
var putHints = map[int]string{
	http.StatusRequestEntityTooLarge: "send smaller batches (WithMaxBatchBytes)",
	http.StatusUnsupportedMediaType:  "try another compression (WithCompression, APPTUIT_COMPRESSION)",
}

// classify turns what came back into an outcome. It is a pure function.
func classify(a answer) Outcome {
	if a.err != nil {
		o := classifyFailure(a.err)
		o.Status = a.status
		return o
	}
	o := Outcome{Status: a.status}
	a.read(&o)
	o.Verdict = a.verdict(o)
	if o.Verdict == Retry || o.Verdict == DropListed {
		o.RetryAfter = retryAfter(a.header)
	}
	if o.Verdict != Delivered {
		o.Err = a.complaint(o)
	}
	return o
}

func (a answer) verdict(o Outcome) Verdict {
	if a.status == http.StatusBadRequest {
		return a.badRequest(o)
	}
	if v, ok := verdicts[a.status]; ok {
		return v
	}
	switch {
	case a.status >= 500:
		return Retry
	case a.ok():
		return Delivered
	default:
		return Hold
	}
}

func (a answer) badRequest(o Outcome) Verdict {
	switch {
	case o.Failed > 0 && len(o.Rejected) == o.Failed && o.Stored+o.Failed == a.points:
		return DropListed
	case o.Stored+o.Failed == 0 && tooBig(a.body):
		return Halve
	default:
		return Bisect
	}
}

// tooBig knows VictoriaMetrics' and OpenTSDB's ways to say 413 with a 400.
func tooBig(body []byte) bool {
	return bytes.Contains(body, []byte("too big")) || bytes.Contains(body, []byte("Chunked request not supported"))
}

// complaint says what the store answered and what to do about it. The reasons
// of points are told with the points.
func (a answer) complaint(o Outcome) error {
	text := fmt.Sprintf("status %d", a.status)
	if name := http.StatusText(a.status); name != "" {
		text += " " + name
	}
	if o.Text != "" && o.Verdict != DropListed {
		text += `: "` + o.Text + `"`
	}
	if hint := a.hint(); hint != "" {
		text += ": " + hint
	}
	return errors.New(text)
}

func (a answer) hint() string {
	if a.status >= 300 && a.status < 400 {
		return "the endpoint redirects" + a.target() + ": set the endpoint to where it lives (WithEndpoint, APPTUIT_API_ENDPOINT)"
	}
	if hint := putHints[a.status]; hint != "" && a.points > 0 {
		return hint
	}
	return hints[a.status]
}

// target names the host of a redirect, and no more: the rest of it may be
// anything.
func (a answer) target() string {
	to, err := (&http.Response{Header: a.header}).Location()
	if err != nil || to.Host == "" {
		return ""
	}
	return " to " + a.show(to.Scheme+"://"+to.Host)
}
