package wire

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// A credential is what requests prove themselves with. Secrets are held behind
// funcs and pointers only, which no format prints.
type credential struct {
	source  TokenSource // nil: no token is sent
	user    string
	headers func() http.Header
	redact  *redactor
	latest  atomic.Pointer[string] // the token that the source gave last
	granted atomic.Pointer[grant]  // of that token, if it can be used
	refused atomic.Pointer[string] // the token that the store refused last
}

func newCredential(source TokenSource, user string, headers http.Header, parameters url.Values) *credential {
	return &credential{source: source, user: user, headers: func() http.Header { return headers }, redact: newRedactor(headers, parameters)}
}

// A grant is a credential as it stands for attempts with one token. It is only read.
type grant struct {
	token   string
	headers http.Header
}

// errBadToken says that the source gives what is no token, which asking again
// does not mend.
var errBadToken = errors.New("the token source gives no usable token")

// grant asks for the token. Where it is the one of the last attempt, so is the grant.
func (c *credential) grant(ctx context.Context) (*grant, error) {
	token, err := c.ask(ctx)
	if err != nil {
		return nil, err
	}
	if g := c.granted.Load(); g != nil && g.token == token {
		return g, nil
	}
	if err := c.check(token); err != nil {
		return nil, fmt.Errorf("%w: %w", errBadToken, err)
	}
	g := &grant{token: token, headers: c.headers().Clone()}
	switch {
	case c.source == nil:
	case c.user == "":
		g.headers.Set("Authorization", "Bearer "+token)
	default:
		g.headers.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.user+":"+token)))
	}
	c.granted.Store(g)
	return g, nil
}

// ask returns the token that the source gives, and none where there is no source.
func (c *credential) ask(ctx context.Context) (string, error) {
	if c.source == nil {
		return "", nil
	}
	token, err := c.source(ctx)
	c.know(token)
	if err != nil {
		return "", newForeign(sourceFailed(err)+c.redact.foreign(err).text, err)
	}
	return token, nil
}

// check refuses a token that the source gave and that cannot be used.
func (c *credential) check(token string) error {
	if c.source == nil {
		return nil
	}
	return checkToken(token)
}

// know makes a token a secret for as long as the process lives.
func (c *credential) know(token string) {
	if latest := c.latest.Load(); latest != nil && *latest == token {
		return
	}
	c.redact.addToken(token)
	fresh := token // which escapes, where token would each time
	c.latest.Store(&fresh)
}

// renewed tells whether the source has another token than was refused last.
func (c *credential) renewed(ctx context.Context) bool {
	refused := c.refused.Load()
	if c.source == nil || refused == nil {
		return false
	}
	token, err := c.source(ctx)
	c.know(token)
	return err == nil && token != *refused
}

// withoutLineFeed returns a token without the line feed that a file or a shell put
// behind it.
func withoutLineFeed(token string) string {
	return strings.TrimSuffix(strings.TrimSuffix(token, "\n"), "\r")
}

// checkToken says what is wrong with a token without showing it.
func checkToken(token string) error {
	if token == "" {
		return errors.New("the token is empty")
	}
	if strings.ContainsAny(token, "\r\n") {
		return errors.New("the token holds a line feed: write the token alone, on one line")
	}
	if scheme, _, found := strings.Cut(token, " "); found && (strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Basic")) {
		return errors.New("the token begins with the word Bearer or Basic: leave that out, it is added")
	}
	for i := range len(token) {
		if token[i] < 0x21 || token[i] > 0x7e {
			return fmt.Errorf("byte %d of the token is a space, a control or not ASCII: write the token alone", i+1)
		}
	}
	if len(letters(token, true)) < minSecret {
		return fmt.Errorf("the token has fewer than %d letters and digits: it could not be kept out of errors and logs", minSecret)
	}
	return nil
}

func checkUser(user string) error {
	if user == "" || strings.ContainsFunc(user, func(r rune) bool { return r == ':' || r < ' ' || r == 0x7f }) {
		return errors.New("the user is empty, or holds a colon or a control character")
	}
	return nil
}
