package wire

import (
	"io"
)

// question is a request, and what came of its answers.
type question struct {
	*Request
	got []string
}

func newQuestion() *question {
	q := &question{Request: &Request{Path: "/api/query", Query: "q=1"}}
	q.Read = func(body io.Reader) error {
		text, err := io.ReadAll(body)
		q.got = append(q.got, string(text))
		return err
	}
	return q
}
