package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// DefaultEndpoint is where Apptuit takes puts.
const DefaultEndpoint = "https://api.apptuit.ai"

const defaultTimeout = 30 * time.Second

// A setting is a value and the option or variable that gave it; where from is
// empty, nobody has.
type setting[T any] struct {
	value T
	from  string
}

func given[T any](from string, value T) setting[T] { return setting[T]{value, from} }

func (s setting[T]) set() bool { return s.from != "" }

func (s setting[T]) or(value T) T {
	if s.set() {
		return s.value
	}
	return value
}

type tokenSource = func(context.Context) (string, error)

// A config is what options and environment say. It lives as long as New runs.
type config struct {
	endpoint            setting[string]
	token, tokenSource  setting[tokenSource]
	userID, userAgent   setting[string]
	headers             setting[map[string]string]
	timeout             setting[time.Duration]
	httpClient          setting[*http.Client]
	tls                 setting[*tls.Config]
	compression         setting[encoding.Compression]
	maxPoints, maxBytes setting[int]
	maxAnswer           setting[int64]
	attempts            setting[int]
	defaultTimeout      time.Duration // where nobody says otherwise
	insecure            setting[bool]

	noToken, milliseconds bool
	small                 bool // bodies, for more CPU time

	lookup   func(string) (string, bool)
	warn     func(error)
	problems []error
}

func defaults() *config {
	return &config{defaultTimeout: defaultTimeout, lookup: os.LookupEnv, warn: func(err error) { slog.Warn(err.Error()) }}
}

// check notes a problem with what an option or a variable gave.
func (c *config) check(from string, err error) {
	if err != nil {
		c.problems = append(c.problems, fmt.Errorf("apptuit: %s: %w", from, err))
	}
}

func (c *config) require(from string, ok bool, complaint string) {
	if !ok {
		c.check(from, errors.New(complaint))
	}
}

// client checks everything and makes the client.
func (c *config) client() (*Client, error) {
	e, err := parseEndpoint(c.endpoint.or(DefaultEndpoint))
	c.check(c.endpoint.from, err)
	c.checkCredential()
	c.checkPlain(e)
	c.require("WithTLSConfig", !c.httpClient.set() || !c.tls.set(), "WithHTTPClient is given too: set TLS in its transport")
	headers, err := parseHeaders(c.headers.value, c.noToken)
	c.check("WithHeaders", err)
	if err := errors.Join(c.problems...); err != nil {
		return nil, err
	}
	return c.build(e, headers), nil
}

func (c *config) build(e endpoint, headers http.Header) *Client {
	httpClient, ownsPool := c.newHTTPClient(e)
	client := &Client{
		endpoint:  e,
		userAgent: []string{userAgent(c.userAgent.value)},
		http:      httpClient,
		ownsHTTP:  !c.httpClient.set(),
		ownsPool:  ownsPool,
		timeout:   c.timeout.or(c.defaultTimeout),
		maxAnswer: c.maxAnswer.or(DefaultMaxAnswerBytes),
		attempts:  c.attempts.value,
		encoding:  c.encoderConfig(),
		tokens:    guard{who: "the token source"},
		foreign:   guard{who: "the HTTP client"},
		readers:   guard{who: "the reader of answers"},
	}
	source := c.source()
	if c.tokenSource.set() {
		source = client.tokens.source(source)
	}
	client.credential = newCredential(source, c.userID.value, headers)
	return client
}

func (c *config) encoderConfig() encoding.Config {
	return encoding.Config{
		Compression:  c.compression.value,
		Small:        c.small,
		MaxPoints:    c.maxPoints.or(encoding.DefaultMaxPoints),
		MaxBytes:     c.maxBytes.or(encoding.DefaultMaxBytes),
		Milliseconds: c.milliseconds,
	}
}

// source returns what gives the token, nil where none is sent.
func (c *config) source() tokenSource {
	if c.tokenSource.set() {
		return c.tokenSource.value
	}
	return c.token.value
}

// checkCredential checks that there is one way to prove who sends, or none on
// purpose.
func (c *config) checkCredential() {
	token, source, user := c.token.set(), c.tokenSource.set(), c.userID.set()
	c.require("WithTokenSource", !token || !source, "WithToken is given too")
	c.require("WithoutToken", !c.noToken || !token && !source && !user, "WithToken, WithTokenSource or WithUserID is given too")
	if !token && !source && !c.noToken {
		c.problems = append(c.problems, errors.New("apptuit: no token: set APPTUIT_API_TOKEN, or use WithToken or WithTokenSource, or WithoutToken for a store that needs none"))
	}
}

// checkPlain refuses to show secrets to a network.
func (c *config) checkPlain(e endpoint) {
	secret := "the token"
	if c.noToken {
		secret = "what WithHeaders gives"
	}
	c.require(c.endpoint.from, !c.inClear(e) || e.loopback(),
		"plain http would show "+secret+" to the network: use https, or WithInsecure (APPTUIT_INSECURE) where that is meant")
}

// inClear tells whether secrets would be sent unencrypted and nobody said that
// they may be.
func (c *config) inClear(e endpoint) bool {
	secrets := !c.noToken || len(c.headers.value) > 0
	return secrets && e.plain() && !c.insecure.value
}
