package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apptuitai/apptuit-go/internal/text"
)

// A Script is a query of several named outputs.
type Script struct {
	exprs []Expr
	err   error
}

// Outputs returns a query that gives the outputs of several expressions, in
// this order. Each needs a name of its own by [Expr.As].
func Outputs(exprs ...Expr) Script {
	s := Script{exprs: slices.Clone(exprs)}
	if len(exprs) == 0 {
		s.err = errors.New("Outputs: there is no expression")
	}
	for i, e := range exprs {
		if err := e.unlike(exprs[:i]); err != nil && s.err == nil {
			s.err = err
		}
	}
	return s
}

// unlike checks that an expression can be told from those before it.
func (e Expr) unlike(before []Expr) error {
	switch {
	case e.err != nil:
		return e.err
	case e.name == "":
		return fmt.Errorf("Outputs: the fetch of %s has no name: use As", text.Quoted(e.metric, maxQuoted))
	case slices.ContainsFunc(before, func(b Expr) bool { return b.name == e.name }):
		return fmt.Errorf("Outputs: there is a second %s", e.name)
	}
	return nil
}

// Err returns the first thing that is wrong, nil where the script can be
// written.
func (s Script) Err() error { return Expr{err: s.err}.Err() }

// String returns the query. Where Err is not nil it returns a text that holds
// the error, and that [Client.Query] refuses with it.
func (s Script) String() string {
	if s.err != nil {
		return invalid(s.err)
	}
	var b strings.Builder
	var names []string
	for _, e := range s.exprs {
		b.WriteString(e.text() + "; ")
		names = append(names, e.name)
	}
	return b.String() + "output(" + strings.Join(names, ", ") + ")"
}
