package wire

import (
	"errors"
	"strings"
	"sync"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/env"
)

// readEnv fills from the variables of HTTP what code says nothing of.
func (s *Settings) readEnv() {
	s.Preset()
	readVariable(s, &s.Endpoint, env.Endpoint, func(text string) (string, error) { return text, nil })
	s.readCommonEnv()
	readVariable(s, &s.Headers, env.Headers, env.Pairs)
	if !s.Milliseconds {
		var times Setting[bool]
		readVariable(s, &times, env.MillisecondTimes, env.Bool)
		s.Milliseconds = times.Value
	}
	if !s.TLS.set() && !s.HTTPClient.set() {
		loaded, err := loadTLS(s.Lookup)
		s.note(err)
		s.loadedTLS = loaded
	}
	s.readToken()
}

// readToken fills in the token, and whose it is.
func (s *Settings) readToken() {
	if s.NoToken {
		return
	}
	if !s.Token.set() && !s.TokenSource.set() {
		s.readTokenVariables()
	}
	if s.Token.set() || s.TokenSource.set() || s.Preset().Token {
		readVariable(s, &s.UserID, env.User, parseUser)
		return
	}
	s.NoToken = !s.UserID.set()
}

func (s *Settings) readTokenVariables() {
	readVariable(s, &s.TokenSource, env.TokenFile, parseTokenFile)
	if readVariable(s, &s.Token, env.Token, parseToken) {
		s.require(env.TokenFile, !s.TokenSource.set(), env.Token+" is set too: leave one of them out")
		s.TokenSource = Setting[TokenSource]{}
		return
	}
	if !s.TokenSource.set() && readVariable(s, &s.Token, env.OldToken, parseToken) && s.Warn != nil {
		s.Warn(errors.New("apptuit: " + env.OldToken + " is deprecated: use " + env.Token))
	}
}

// readCommonEnv reads the variables that mean something for UDP too.
func (s *Settings) readCommonEnv() {
	tellUnknown(s.Environ, s.Warn)
	readVariable(s, &s.Compression, env.Compression, parseCompression)
	readVariable(s, &s.Timeout, env.Timeout, env.Milliseconds)
	readVariable(s, &s.Insecure, env.Insecure, env.Bool)
	readVariable(s, &s.MaxPoints, env.MaxBatch, env.Number)
	readVariable(s, &s.MaxBytes, env.MaxBatchBytes, env.Number)
}

// told are the unknown variables that the process was told of.
var told sync.Map

// tellUnknown warns of variables that look like those of this module and are none,
// once in the life of the process.
func tellUnknown(environ func() []string, warn func(error)) {
	if environ == nil || warn == nil {
		return
	}
	for _, name := range env.Unknown(environ()) {
		if _, before := told.LoadOrStore(name, true); before {
			continue
		}
		warn(errors.New("apptuit: " + outside.field(name) + " is not a variable that is read: is " + env.Nearest(name) + " meant?"))
	}
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

func parseToken(token string) (TokenSource, error) {
	token = withoutLineFeed(token)
	return fixedToken(token), checkToken(token)
}

func parseUser(user string) (string, error) {
	user = strings.TrimSpace(user)
	return user, checkUser(user)
}
