package promapi

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

// A failure is a request without a result.
type failure struct {
	query *query.Error
	api   *v1.Error // nil where no answer came
}

// Error returns one line: where, what was wrong, and what to do about it.
func (f *failure) Error() string { return f.query.Error() }

// Unwrap returns the error as package query has it, and as client_golang does.
func (f *failure) Unwrap() []error {
	if f.api == nil {
		return []error{f.query}
	}
	return []error{f.query, f.api}
}

func failed(err error) *failure {
	var asked *transport.AskError
	if !errors.As(err, &asked) {
		asked = &transport.AskError{Err: err}
	}
	if errors.Is(asked.Err, query.ErrTooLarge) {
		asked.Err = fmt.Errorf("%w: ask for less, or allow more", asked.Err)
	}
	f := &failure{query: &query.Error{Status: asked.Status, Message: asked.Text, Err: asked.Err}}
	if asked.Status != 0 {
		f.api = &v1.Error{Type: typeOf(asked.Status), Msg: cmp.Or(asked.Text, asked.Err.Error())}
	}
	return f
}

func typeOf(status int) v1.ErrorType {
	switch {
	case status == http.StatusBadRequest:
		return v1.ErrBadData
	case status == http.StatusUnprocessableEntity:
		return v1.ErrExec
	case status >= 500:
		return v1.ErrServer
	case status >= 400:
		return v1.ErrClient
	}
	return v1.ErrBadResponse
}

var errShape = errors.New("the answer is not of the known shape")

// shown returns an error that may be shown, which is one of ours. What client_golang
// says about an answer that it cannot decode may hold any part of the answer.
func shown(err error) error {
	var f *failure
	if err == nil {
		return nil
	}
	if errors.As(err, &f) {
		return f
	}
	return &failure{
		query: &query.Error{Status: http.StatusOK, Err: errShape},
		api:   &v1.Error{Type: v1.ErrBadResponse, Msg: errShape.Error()},
	}
}
