package wire

import (
	"crypto/tls"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/text"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "token-for-tests"

const maxText = text.Max

// redactorOf returns a redactor of tokens.
func redactorOf(tokens ...string) *redactor {
	r := newRedactor(nil, nil)
	for _, token := range tokens {
		r.addToken(token)
	}
	return r
}

// An Option is one as package transport has it. So are the functions below.
type Option func(*Settings)

func WithEndpoint(url string) Option {
	return func(s *Settings) { s.Endpoint = Given("WithEndpoint", url) }
}
func WithStore(name string) Option { return func(s *Settings) { s.Store = Given("WithStore", name) } }
func WithPutPath(path string) Option {
	return func(s *Settings) { s.PutPath = Given("WithPutPath", path) }
}
func WithQueryParameters(p map[string]string) Option {
	return func(s *Settings) { s.Parameters = Given("WithQueryParameters", p) }
}
func WithoutDetails() Option { return func(s *Settings) { s.NoDetails = true } }
func ForQueries() Option     { return func(s *Settings) { s.Queries = true } }
func WithUserID(user string) Option {
	return func(s *Settings) { s.UserID = Given("WithUserID", user) }
}
func WithTimeout(d time.Duration) Option {
	return func(s *Settings) { s.Timeout = Given("WithTimeout", d) }
}
func WithDefaultTimeout(d time.Duration) Option {
	return func(s *Settings) { s.DefaultTimeout = Given("WithDefaultTimeout", d) }
}
func WithMaxAnswerBytes(n int64) Option {
	return func(s *Settings) { s.MaxAnswer = Given("WithMaxAnswerBytes", n) }
}
func WithMaxAttempts(n int) Option {
	return func(s *Settings) { s.MaxAttempts = Given("WithMaxAttempts", n) }
}
func WithHTTPClient(c *http.Client) Option {
	return func(s *Settings) { s.HTTPClient = Given("WithHTTPClient", c) }
}
func WithTLSConfig(c *tls.Config) Option {
	return func(s *Settings) { s.TLS = Given("WithTLSConfig", c) }
}
func WithHeaders(h map[string]string) Option {
	return func(s *Settings) { s.Headers = Given("WithHeaders", h) }
}
func WithCompression(c encoding.Compression) Option {
	return func(s *Settings) { s.Compression = Given("WithCompression", c) }
}
func WithMaxBatch(n int) Option { return func(s *Settings) { s.MaxPoints = Given("WithMaxBatch", n) } }
func WithMaxBatchBytes(n int) Option {
	return func(s *Settings) { s.MaxBytes = Given("WithMaxBatchBytes", n) }
}
func WithUserAgent(p string) Option {
	return func(s *Settings) { s.UserAgent = Given("WithUserAgent", p) }
}
func WithTokenSource(f TokenSource) Option {
	return func(s *Settings) { s.TokenSource = Given("WithTokenSource", f) }
}
func WithToken(token string) Option     { return func(s *Settings) { s.SetToken("WithToken", token) } }
func WithoutToken() Option              { return func(s *Settings) { s.NoToken = true } }
func WithInsecure() Option              { return func(s *Settings) { s.Insecure = Given("WithInsecure", true) } }
func WithMillisecondTimestamps() Option { return func(s *Settings) { s.Milliseconds = true } }
func WithEnv(lookup func(string) (string, bool)) Option {
	return func(s *Settings) { s.Lookup = lookup }
}
func WithWarningHandler(f func(error)) Option { return func(s *Settings) { s.Warn = f } }

func settingsOf(opts []Option) *Settings {
	s := NewSettings()
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// endpointOf reads an endpoint as [New] does.
func endpointOf(text string) (endpoint, error) {
	s := settingsOf([]Option{WithEnv(nil), WithEndpoint(text)})
	e := s.endpoint()
	return e, errors.Join(s.problems...)
}

// New returns the client of options and the environment.
func New(opts ...Option) (*Client, error) { return settingsOf(opts).Client() }

// NewXCollector returns the way to an agent.
func NewXCollector(addr string, opts ...Option) (*XCollector, error) {
	s := settingsOf(opts)
	s.XCollector = Given("WithXCollector", addr)
	return s.agent()
}

// dial returns a client of a network.
func dial(t testing.TB, w http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	return newClient(t, append([]Option{
		WithEndpoint("https://store.test"), WithHTTPClient(&http.Client{Transport: w}),
	}, opts...)...)
}

// put makes one attempt that meets r.
func put(t *testing.T, n int, r nettest.Reply) Outcome {
	t.Helper()
	return dial(t, &nettest.Wire{Replies: []nettest.Reply{r}}).Put(t.Context(), nettest.Batch(n))
}

// newClient returns a client that reads no environment.
func newClient(t testing.TB, opts ...Option) *Client {
	t.Helper()
	c, err := New(append([]Option{
		WithEnv(nil), WithToken(testToken), WithCompression(encoding.CompressNone),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// serve returns a client of a server over loopback.
func serve(t testing.TB, h http.HandlerFunc, opts ...Option) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return newClient(t, append([]Option{WithEndpoint(s.URL)}, opts...)...)
}

// variables is an environment.
func variables(pairs map[string]string) Option {
	pairs = maps.Clone(pairs)
	return WithEnv(func(name string) (string, bool) {
		v, ok := pairs[name]
		return v, ok
	})
}
