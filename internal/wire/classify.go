package wire

import (
	"errors"
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
	http.StatusUnauthorized:     tokenHint,
	http.StatusForbidden:        "check what the token may do (WithToken, APPTUIT_API_TOKEN)",
	http.StatusNotFound:         pathHint,
	http.StatusMethodNotAllowed: "check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)",
	http.StatusGone:             "check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)",
	http.StatusNotImplemented:   "check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)",
}

// putHints say what to do about a status that a put was answered with.
var putHints = map[int]string{
	http.StatusRequestEntityTooLarge: "send smaller batches (WithMaxBatchBytes, APPTUIT_MAX_BATCH_BYTES)",
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
	said := a.read(&o)
	o.Verdict = a.verdict(o)
	if n, partly := a.refusedForGood(said); partly {
		o.Verdict, o.Stored, o.Failed = Delivered, a.points-n, n
		o.Unsure = a.leftOut(said, n)
	}
	o.TokenRefused = a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.says(o).token
	if o.Verdict == Retry || o.Verdict == DropListed {
		o.RetryAfter = retryAfter(a.header)
	}
	if o.Verdict != Delivered || !a.ok() {
		o.Err = a.complaint(o)
	}
	return o
}

// verdict is that of the status and of what came with it. Points are not refused by an
// answer that did not come to its end: it may have said which.
func (a answer) verdict(o Outcome) Verdict {
	v := a.ofStatus(o)
	if v == Bisect && a.cut {
		return Retry
	}
	return v
}

func (a answer) ofStatus(o Outcome) Verdict {
	if a.status == http.StatusBadRequest {
		return a.badRequest(o)
	}
	if v, ok := verdicts[a.status]; ok {
		return v
	}
	switch {
	case a.status >= 500:
		return Retry
	case a.ok() && !a.isPage():
		return Delivered
	default:
		return Hold
	}
}

func (a answer) badRequest(o Outcome) Verdict {
	switch {
	case a.says(o).hint != "":
		return Hold
	case o.Failed > 0 && len(o.Rejected) == o.Failed && o.Stored+o.Failed == a.points:
		return DropListed
	case o.Stored+o.Failed == 0 && tooBig(a.body):
		return Halve
	default:
		return Bisect
	}
}

// complaint says what the store answered and what to do about it. The reasons
// of points are told with the points.
func (a answer) complaint(o Outcome) error {
	if a.status == http.StatusProxyAuthRequired {
		return &proxyError{host: a.proxy, status: a.status}
	}
	text := statusText(a.status)
	if o.Text != "" && o.Verdict != DropListed {
		text += `: "` + o.Text + `"`
	}
	if hint := a.hint(o); hint != "" {
		text += ": " + hint
	}
	return errors.New(text)
}

func (a answer) hint(o Outcome) string {
	if s := a.says(o); s.hint != "" {
		return s.hint
	}
	switch {
	case a.status < 200:
		return finalHint
	case a.cut && o.Verdict == Retry:
		return cutHint
	case a.isPage():
		return pageHint
	case a.status >= 300 && a.status < 400:
		return "the endpoint redirects" + a.target() + ": set the endpoint to where it lives (WithEndpoint, APPTUIT_API_ENDPOINT)"
	case a.status == http.StatusForbidden && a.proxy != "":
		return "the proxy " + a.proxy + " or the store behind it refuses: check HTTP_PROXY, and what the token may do (WithToken, APPTUIT_API_TOKEN)"
	case a.status == http.StatusInternalServerError && a.points > 0:
		return a.missingDatabase()
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
