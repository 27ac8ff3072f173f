package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/env"
)

// DefaultEndpoint is where Apptuit takes puts.
const DefaultEndpoint = "https://api.apptuit.ai"

const defaultTimeout = 30 * time.Second

// A Setting is a value and the option or variable that gave it; where From is
// empty, nobody has.
type Setting[T any] struct {
	Value T
	From  string
}

// Given returns a value that an option or a variable gives.
func Given[T any](from string, value T) Setting[T] { return Setting[T]{value, from} }

func (s Setting[T]) set() bool { return s.From != "" }

// Or returns what was given, or else value.
func (s Setting[T]) Or(value T) T {
	if s.set() {
		return s.Value
	}
	return value
}

// A TokenSource gives the token of each attempt.
type TokenSource = func(context.Context) (string, error)

// Settings are what options say, and then the environment where they say nothing.
// They are checked when a wire is made of them, once.
type Settings struct {
	Store               Setting[string]
	Endpoint            Setting[string]
	PutPath             Setting[string]            // in the place of /api/put
	Parameters          Setting[map[string]string] // of puts
	Token, TokenSource  Setting[TokenSource]
	UserID, UserAgent   Setting[string]
	Headers             Setting[map[string]string]
	Timeout             Setting[time.Duration]
	DefaultTimeout      Setting[time.Duration] // where nobody says otherwise
	HTTPClient          Setting[*http.Client]
	TLS                 Setting[*tls.Config]
	Compression         Setting[encoding.Compression]
	MaxPoints, MaxBytes Setting[int]
	MaxAnswer           Setting[int64]
	MaxAttempts         Setting[int] // for who tries again
	Insecure            Setting[bool]
	XCollector          Setting[string] // the address of an agent, in the place of a store
	PromPath            Setting[string] // of the Prometheus API below the endpoint, for who reads

	NoToken, Milliseconds bool
	NoDetails             bool // puts ask for no list of bad points
	Small                 bool // bodies, for more CPU time
	Queries               bool // it is for asking alone: see useQueryEndpoint

	Lookup  env.Lookup
	Environ func() []string // lists all variables; nil where Lookup is not the process' own
	Warn    func(error)     // hears of deprecated and unknown variables; may be nil

	preset    Store // see Preset
	loadedTLS loadedTLS
	problems  []error
}

// NewSettings returns the settings where no option is given.
func NewSettings() *Settings {
	return &Settings{Lookup: os.LookupEnv, Environ: os.Environ, Warn: func(err error) { slog.Warn(err.Error()) }}
}

// SetToken gives a token that does not change.
func (s *Settings) SetToken(from, token string) {
	source, err := parseToken(token)
	s.Token = Given(from, source)
	s.check(from, err)
}

func fixedToken(token string) TokenSource {
	return func(context.Context) (string, error) { return token, nil }
}

// Wire returns the way to the store, or to the agent where there is one.
func (s *Settings) Wire() (Wire, error) {
	if s.XCollector.set() {
		x, err := s.agent()
		if err != nil {
			return nil, err
		}
		return x, nil
	}
	c, err := s.Client()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Client checks everything and makes the client. It does no I/O. The error joins
// everything that is wrong with the options and the environment.
func (s *Settings) Client() (*Client, error) {
	s.checkOptions()
	s.readEnv()
	e := s.endpoint()
	s.checkCredential()
	s.checkPlain(e)
	s.require("WithTLSConfig", !s.HTTPClient.set() || !s.TLS.set(), "WithHTTPClient is given too: set TLS in its transport")
	headers, err := parseHeaders(s.Headers.Value, s.NoToken)
	s.check(s.Headers.From, err)
	if err := errors.Join(s.problems...); err != nil {
		return nil, err
	}
	return s.build(e, headers), nil
}

func (s *Settings) build(e endpoint, headers http.Header) *Client {
	httpClient, ownsPool := s.newHTTPClient(e)
	client := &Client{
		endpoint:  e,
		http:      httpClient,
		ownsHTTP:  !s.HTTPClient.set(),
		ownsPool:  ownsPool,
		timeout:   s.timeout(),
		maxAnswer: s.MaxAnswer.Or(DefaultMaxAnswerBytes),
		encoding:  s.encoderConfig(),
		limit:     sizeLimit{most: int64(mostOfBody(s))},
		tokens:    guard{who: sourceName(s.TokenSource.From)},
		foreign:   guard{who: "the HTTP client"},
		readers:   guard{who: "the reader of answers"},
	}
	client.requests.scheme, client.requests.host = e.scheme, e.host
	client.requests.userAgent = []string{userAgent(s.UserAgent.Value)}
	client.requests.shared = client.ownsHTTP
	source := s.source()
	if s.TokenSource.set() {
		source = client.tokens.source(source)
	}
	client.credential = newCredential(source, s.UserID.Value, headers, e.parameters)
	return client
}

func (s *Settings) encoderConfig() encoding.Config {
	return encoding.Config{
		Compression:  s.Compression.Value,
		Small:        s.Small,
		MaxPoints:    s.MaxPoints.Or(encoding.DefaultMaxPoints),
		MaxBytes:     maxBytes(s),
		Milliseconds: s.Milliseconds,
	}
}

// timeout returns how long one attempt may take.
func (s *Settings) timeout() time.Duration { return s.Timeout.Or(s.DefaultTimeout.Or(defaultTimeout)) }

// sourceName says what gives the token.
func sourceName(from string) string {
	if from == env.TokenFile {
		return "the file system of " + env.TokenFile
	}
	return "the token source"
}

// source returns what gives the token, nil where none is sent.
func (s *Settings) source() TokenSource {
	if s.TokenSource.set() {
		return s.TokenSource.Value
	}
	return s.Token.Value
}

// inClear tells whether secrets would be sent unencrypted and nobody said that
// they may be.
func (s *Settings) inClear(e endpoint) bool {
	secrets := !s.NoToken || len(s.Headers.Value) > 0 || e.secretParameters()
	return secrets && e.plain() && !s.Insecure.Value
}
