package opentsdbreceiver

import (
	"encoding/json"
	"net/http"
)

// A refusal is OpenTSDB's answer to a request that it does not serve.
type refusal struct {
	Error struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Details string `json:"details,omitempty"`
	} `json:"error"`
}

func refuse(w http.ResponseWriter, status int, message, details string) {
	var r refusal
	r.Error.Code, r.Error.Message, r.Error.Details = status, cut(message), cut(details)
	write(w, status, r)
}

// maxText bounds what is shown of an error, in bytes.
const maxText = 256

func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return s[:maxText-3] + "..."
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // what fails is the connection
}

// maxListed bounds the bytes of the points that an answer lists.
const maxListed = 4 << 20

// failures counts the points that were refused, and lists as many as fit in an answer.
type failures struct {
	count, bytes int
	listed       []failure
}

type failure struct {
	Datapoint json.RawMessage `json:"datapoint"`
	Error     string          `json:"error"`
}

func (f *failures) add(text json.RawMessage, cause error) {
	f.count++
	if f.bytes += len(text) + maxText; f.bytes <= maxListed {
		f.listed = append(f.listed, failure{text, cause.Error()})
	}
}

// A summary counts the points of a put.
type summary struct {
	Success int `json:"success"`
	Failed  int `json:"failed"`
}

// details lists those that were refused too.
type details struct {
	summary
	Errors []failure `json:"errors"`
}

// answer tells what became of the points of a put, in as much detail as is asked for.
func answer(w http.ResponseWriter, req *http.Request, good int, failed failures) {
	status := http.StatusOK
	if failed.count > 0 {
		status = http.StatusBadRequest
	}
	counts := summary{Success: good, Failed: failed.count}
	query := req.URL.Query()
	switch {
	case query.Has("details"):
		if failed.listed == nil {
			failed.listed = []failure{}
		}
		write(w, status, details{counts, failed.listed})
	case query.Has("summary"):
		write(w, status, counts)
	case failed.count > 0:
		refuse(w, status, "One or more data points had errors", `append "details" to the put request to see them`)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
