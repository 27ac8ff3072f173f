package query

import (
	"context"
	"crypto/tls"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/transport"
)

// DefaultMaxAnswerBytes bounds the answer to a query.
const DefaultMaxAnswerBytes = transport.DefaultMaxAnswerBytes

// maxMaxBytes leaves room for the budget's factor.
const maxMaxBytes = 1 << 58

// An Option configures a [Client]. What an option says beats the environment,
// and the environment beats the default; of an option given twice the last
// counts.
type Option func(*config)

// A config is what the options say. It lives as long as New runs.
type config struct {
	connection []transport.Option
	maxBytes   int64
}

// connection returns an option that is the connection's own.
func connection(opt transport.Option) Option {
	return func(c *config) { c.connection = append(c.connection, opt) }
}

// WithEndpoint sets where to ask: http or https, a host, and a path if it has
// one; "/api/query" is added to it. Also APPTUIT_API_ENDPOINT; default
// [transport.DefaultEndpoint].
func WithEndpoint(url string) Option { return connection(transport.WithEndpoint(url)) }

// WithToken sets the API token. Also APPTUIT_API_TOKEN.
func WithToken(token string) Option { return connection(transport.WithToken(token)) }

// WithTokenSource asks source for the token before each attempt, from many
// goroutines. See [transport.WithTokenSource].
func WithTokenSource(source func(context.Context) (string, error)) Option {
	return connection(transport.WithTokenSource(source))
}

// WithUserID sets the user of an account that has one.
func WithUserID(user string) Option { return connection(transport.WithUserID(user)) }

// WithoutToken sends no token, whatever the environment holds.
func WithoutToken() Option { return connection(transport.WithoutToken()) }

// WithInsecure allows secrets to travel over plain http to other machines. Also
// APPTUIT_INSECURE.
func WithInsecure() Option { return connection(transport.WithInsecure()) }

// WithTimeout bounds one attempt, the answer's body included. Also
// APPTUIT_TIMEOUT, in milliseconds; default [DefaultTimeout].
func WithTimeout(d time.Duration) Option { return connection(transport.WithTimeout(d)) }

// WithMaxAttempts bounds how often a query is tried. By default it is tried
// until its context ends, or 5 times where that has no deadline.
func WithMaxAttempts(n int) Option { return connection(transport.WithMaxAttempts(n)) }

// WithMaxAnswerBytes bounds an answer, as it comes and decompressed; default
// [DefaultMaxAnswerBytes]. Beyond it a query fails with [ErrTooLarge], as it does
// where the result would take more than four times as much memory: series, tags,
// texts and points are counted by what they take once they are decoded.
func WithMaxAnswerBytes(bytes int64) Option {
	opt := connection(transport.WithMaxAnswerBytes(bytes))
	return func(c *config) {
		opt(c)
		c.maxBytes = min(bytes, maxMaxBytes)
	}
}

// WithHTTPClient asks by a copy of client, which does not follow redirects.
func WithHTTPClient(client *http.Client) Option { return connection(transport.WithHTTPClient(client)) }

// WithTLSConfig sets certificates and the like; TLS 1.2 is the least.
func WithTLSConfig(t *tls.Config) Option { return connection(transport.WithTLSConfig(t)) }

// WithHeaders adds headers to each request. Their values are treated as
// secrets. See [transport.WithHeaders].
func WithHeaders(headers map[string]string) Option { return connection(transport.WithHeaders(headers)) }

// WithUserAgent puts a product in front of the User-Agent, such as "shop/1.2".
func WithUserAgent(product string) Option { return connection(transport.WithUserAgent(product)) }

// WithEnv replaces os.LookupEnv for the APPTUIT_ variables; nil reads none.
func WithEnv(lookup func(string) (string, bool)) Option { return connection(transport.WithEnv(lookup)) }

// WithWarningHandler hears of deprecated variables in use; default slog.Warn.
// With nil nobody does.
func WithWarningHandler(f func(error)) Option { return connection(transport.WithWarningHandler(f)) }
