package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// maxBody bounds what is read of an answer.
const maxBody = 1 << 20

// An answer is what came back on one attempt.
type answer struct {
	points int // that were sent
	status int // 0: nothing came back, because of err
	header http.Header
	body   []byte    // as far as it came, at most maxBody
	cut    bool      // the body was not read to its end in time
	err    error     // of the request, or of an answer that has to be read whole
	redact *redactor // of what the server says
	left   bool      // the request was left to foreign code, which has not returned
	proxy  string    // the host of the proxy that may have answered instead
}

// ok tells whether the status is a 2xx.
func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// saysAll tells whether the body adds nothing to the status.
func (a answer) saysAll() bool { return a.ok() || a.status == http.StatusRequestEntityTooLarge }

// details is what OpenTSDB answers with "?details", or on an error of its own.
type details struct {
	Success *int            `json:"success"`
	Failed  *int            `json:"failed"`
	Errors  json.RawMessage `json:"errors"`
	Error   message         `json:"error"`
}

// A message is {"message": "text"}, as OpenTSDB has it, or the text alone.
type message string

func (m *message) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, (*string)(m))
	}
	var object struct {
		Message string `json:"message"`
	}
	err := json.Unmarshal(text, &object)
	*m = message(object.Message)
	return err
}

// transientTexts are parts of the errors that pass by themselves.
var transientTexts = []string{
	"Please throttle", "Timeout exception", "Write timedout", "Storage exception", "Unexpected exception",
}

// read fills in what the body says, and returns its words on the whole as they
// are: they are not to be shown.
func (a answer) read(o *Outcome) string {
	if len(a.body) == 0 {
		return ""
	}
	var d details
	if json.Unmarshal(a.body, &d) != nil {
		d = details{}
	}
	if d.Success != nil && d.Failed != nil && *d.Success >= 0 && *d.Failed >= 0 {
		o.Stored, o.Failed = *d.Success, *d.Failed
	}
	texts := newFields(a.redact)
	errs := a.pointErrors(d.Errors)
	for _, e := range errs {
		p := e.Datapoint.datapoint()
		o.Rejected = append(o.Rejected, Rejected{
			Point:     p.shown(texts),
			Reason:    texts.reason(e.Error),
			Transient: isTransient(e.Error),
			key:       p.Key(),
		})
	}
	o.Text = a.text(d, errs)
	if d.Error != "" {
		return string(d.Error)
	}
	return string(a.body)
}

// A pointError is what a server says of one point.
type pointError struct {
	Datapoint wirePoint `json:"datapoint"`
	Error     string    `json:"error"`
}

// pointErrors reads what a server says of points. Of a list that is longer than what
// was sent it reads one more, which is enough to see that it is no list of these.
func (a answer) pointErrors(list json.RawMessage) (all []pointError) {
	dec := json.NewDecoder(bytes.NewReader(list))
	if first, err := dec.Token(); err != nil || first != json.Delim('[') {
		return nil
	}
	for dec.More() && len(all) <= a.points {
		var e pointError
		if dec.Decode(&e) != nil {
			return nil
		}
		all = append(all, e)
	}
	return all
}

// text returns what the server said, for people.
func (a answer) text(d details, errs []pointError) string {
	switch {
	case len(errs) > 0:
		return a.show(errs[0].Error)
	case d.Error != "":
		return a.show(string(d.Error))
	case d.Success != nil && d.Failed != nil:
		return ""
	}
	return a.show(string(a.body[:min(len(a.body), maxPage)]))
}

// show returns what may be shown of what the server said.
func (a answer) show(s string) string { return a.redact.show(s) }

func isTransient(text string) bool {
	for _, t := range transientTexts {
		if strings.Contains(text, t) {
			return true
		}
	}
	return false
}
