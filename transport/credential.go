package transport

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
)

// A credential is what requests prove themselves with. Secrets are held behind
// funcs and pointers only, which no format prints.
type credential struct {
	source  tokenSource // nil: no token is sent
	user    string
	headers func() http.Header
	latest  atomic.Pointer[string] // the token of the last attempt
	refused atomic.Pointer[string] // the token that the store refused last
}

func newCredential(source tokenSource, user string, headers http.Header) *credential {
	return &credential{source: source, user: user, headers: func() http.Header { return headers }}
}

// A grant is a credential as it stands for one attempt.
type grant struct {
	token   string
	headers http.Header
	secrets []string // what no text may show
}

// errBadToken says that the source gives what is no token, which asking again
// does not mend.
var errBadToken = errors.New("the token source gives no usable token")

// grant asks for the token.
func (c *credential) grant(ctx context.Context) (grant, error) {
	g := grant{headers: c.headers().Clone()}
	for _, values := range g.headers {
		g.secrets = append(g.secrets, headerSecrets(values[0])...)
	}
	if c.source == nil {
		return g, nil
	}
	token, err := c.ask(ctx)
	if err != nil {
		return grant{}, err
	}
	g.token = token
	g.headers.Set("Authorization", "Bearer "+token)
	g.secrets = append(g.secrets, token)
	if c.user != "" {
		basic := base64.StdEncoding.EncodeToString([]byte(c.user + ":" + token))
		g.headers.Set("Authorization", "Basic "+basic)
		g.secrets = append(g.secrets, basic)
	}
	return g, nil
}

func (c *credential) ask(ctx context.Context) (string, error) {
	token, err := c.source(ctx)
	if err != nil {
		return "", c.sourceError(token, err)
	}
	if err := checkToken(token); err != nil {
		return "", fmt.Errorf("%w: %w", errBadToken, err)
	}
	c.latest.Store(&token)
	return token, nil
}

// sourceError passes an error of the source on, unless it shows a token.
func (c *credential) sourceError(token string, err error) error {
	tokens := []string{token}
	if latest := c.latest.Load(); latest != nil {
		tokens = append(tokens, *latest)
	}
	for _, t := range tokens {
		if t != "" && strings.Contains(err.Error(), t) {
			return errors.New("the token source failed; its error is withheld, for it shows a token")
		}
	}
	return &maskedError{text: sourceFailed(err) + printable(err.Error()), err: err}
}

// renewed tells whether the source has another token than was refused last.
func (c *credential) renewed(ctx context.Context) bool {
	refused := c.refused.Load()
	if c.source == nil || refused == nil {
		return false
	}
	token, err := c.source(ctx)
	return err == nil && token != *refused
}

// checkToken says what is wrong with a token without showing it.
func checkToken(token string) error {
	if token == "" {
		return errors.New("the token is empty")
	}
	for i := range len(token) {
		if token[i] < 0x21 || token[i] > 0x7e {
			return fmt.Errorf("byte %d of the token is a space, a control or not ASCII", i+1)
		}
	}
	return nil
}

func checkUser(user string) error {
	if user == "" || strings.ContainsFunc(user, func(r rune) bool { return r == ':' || r < ' ' || r == 0x7f }) {
		return errors.New("the user is empty, or holds a colon or a control character")
	}
	return nil
}
