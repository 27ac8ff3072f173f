package wire

import (
	"errors"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/env"
)

// readEnv fills from the variables of HTTP what code says nothing of.
func (s *Settings) readEnv() {
	readVariable(s, &s.Endpoint, env.Endpoint, func(text string) (string, error) { return text, nil })
	s.readCommonEnv()
	if s.NoToken || s.TokenSource.set() {
		return
	}
	readVariable(s, &s.Token, env.Token, parseToken)
	if !s.Token.set() && readVariable(s, &s.Token, env.OldToken, parseToken) && s.Warn != nil {
		s.Warn(errors.New("apptuit: " + env.OldToken + " is deprecated: use " + env.Token))
	}
}

// readCommonEnv reads the variables that mean something for UDP too.
func (s *Settings) readCommonEnv() {
	readVariable(s, &s.Compression, env.Compression, parseCompression)
	readVariable(s, &s.Timeout, env.Timeout, env.Milliseconds)
	readVariable(s, &s.Insecure, env.Insecure, env.Bool)
}

// readVariable fills what code left open, and tells whether the variable did. One
// that does not parse still counts as given, so that it is the only complaint.
func readVariable[T any](s *Settings, into *Setting[T], name string, parse func(string) (T, error)) bool {
	if into.set() {
		return false
	}
	text, ok := s.Lookup.Get(name)
	if !ok {
		return false
	}
	value, err := parse(text)
	s.check(name, err)
	*into = Given(name, value)
	return true
}

// parseCompression does not repeat what it cannot read, as nothing here does: it
// may be a secret in the wrong place.
func parseCompression(s string) (encoding.Compression, error) {
	c, err := encoding.ParseCompression(s)
	if err != nil {
		return 0, errors.New("it is not a compression: use gzip, deflate or none")
	}
	return c, nil
}

func parseToken(token string) (TokenSource, error) { return fixedToken(token), checkToken(token) }
