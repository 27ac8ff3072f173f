package transport

import (
	"context"
	"crypto/tls"
	"maps"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// An Option configures a [Client]. What an option says beats the environment,
// and the environment beats the default; of an option given twice the last
// counts.
type Option func(*config)

// WithEndpoint sets where the store lives: http or https, a host, and a path if
// it has one; "/api/put" is added to it. Also APPTUIT_API_ENDPOINT; default
// [DefaultEndpoint].
func WithEndpoint(url string) Option {
	return func(c *config) { c.endpoint = given("WithEndpoint", url) }
}

// WithToken sets the API token. Also APPTUIT_API_TOKEN. It has four letters and
// digits at least: less could not be told from other text, and so not be kept out
// of errors.
func WithToken(token string) Option {
	source := func(context.Context) (string, error) { return token, nil }
	return func(c *config) {
		c.token = given("WithToken", source)
		c.check("WithToken", checkToken(token))
	}
}

// WithTokenSource asks source for the token before each attempt, within the
// time and the context of the attempt. It is called from many goroutines.
// Its errors are retried as the network's are; their text is withheld where it
// holds a token. errors.Is finds them, errors.As does not.
func WithTokenSource(source func(context.Context) (string, error)) Option {
	return func(c *config) {
		c.tokenSource = given("WithTokenSource", source)
		c.require("WithTokenSource", source != nil, "the source is nil")
	}
}

// WithUserID sets the user of an account that has one: the token is then sent
// as the password of that user. It holds no colon.
func WithUserID(user string) Option {
	return func(c *config) {
		c.userID = given("WithUserID", user)
		c.check("WithUserID", checkUser(user))
	}
}

// WithoutToken sends no token, whatever the environment holds: for stores that
// ask for none, or that take another Authorization by [WithHeaders].
func WithoutToken() Option {
	return func(c *config) { c.noToken = true }
}

// WithInsecure allows secrets to travel over plain http to other machines. Also
// APPTUIT_INSECURE.
func WithInsecure() Option {
	return func(c *config) { c.insecure = given("WithInsecure", true) }
}

// WithTimeout bounds one attempt, the answer's body included. Also
// APPTUIT_TIMEOUT, in milliseconds; default 30 s.
func WithTimeout(d time.Duration) Option {
	return func(c *config) {
		c.timeout = given("WithTimeout", d)
		c.require("WithTimeout", d > 0, d.String()+" is not above zero")
	}
}

// WithDefaultTimeout replaces the 30 s that hold where neither [WithTimeout]
// nor APPTUIT_TIMEOUT says otherwise, for packages whose requests take longer.
func WithDefaultTimeout(d time.Duration) Option {
	return func(c *config) {
		c.defaultTimeout = d
		c.require("WithDefaultTimeout", d > 0, d.String()+" is not above zero")
	}
}

// WithMaxAnswerBytes bounds the answers to [Client.Ask], as they come and
// decompressed; default [DefaultMaxAnswerBytes].
func WithMaxAnswerBytes(bytes int64) Option {
	return func(c *config) {
		c.maxAnswer = given("WithMaxAnswerBytes", bytes)
		c.require("WithMaxAnswerBytes", bytes > 0, "the bound is not above zero")
	}
}

// WithMaxAttempts bounds how often [Client.Ask] tries. By default it tries
// until its context ends, or 5 times where that has no deadline.
func WithMaxAttempts(n int) Option {
	return func(c *config) {
		c.attempts = given("WithMaxAttempts", n)
		c.require("WithMaxAttempts", n > 0, "the bound is not above zero")
	}
}

// WithHTTPClient sends by a copy of client, which does not follow redirects.
// What its transport does about proxies, TLS and limits stays as it is, with one
// exception: where secrets go to this machine by plain http and nobody said
// [WithInsecure], an [http.Transport] is replaced by a copy that uses no proxy and
// connects to nothing else. Another RoundTripper has to see to that itself.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config) {
		c.httpClient = given("WithHTTPClient", client)
		c.require("WithHTTPClient", client != nil, "the client is nil")
	}
}

// WithTLSConfig sets certificates and the like; TLS 1.2 is the least.
func WithTLSConfig(t *tls.Config) Option {
	return func(c *config) {
		c.tls = given("WithTLSConfig", t)
		c.check("WithTLSConfig", checkTLS(t))
	}
}

// WithHeaders adds headers to each request. Their values are treated as
// secrets, but for those of fewer than four letters and digits, common words such
// as true, and headers such as Accept that never hold one. A value or a part of
// it that has a digit and eight letters and digits is kept out of texts as a token
// is, a shorter one where it stands as a word, and another one as a whole. Those that the client writes itself cannot be given; Authorization
// can together with [WithoutToken].
func WithHeaders(headers map[string]string) Option {
	headers = maps.Clone(headers)
	return func(c *config) { c.headers = given("WithHeaders", headers) }
}

// WithCompression sets how bodies are compressed. Also APPTUIT_COMPRESSION;
// default gzip.
func WithCompression(comp encoding.Compression) Option {
	return func(c *config) {
		c.compression = given("WithCompression", comp)
		c.require("WithCompression", comp.Valid(), comp.String()+" is not a compression")
	}
}

// WithBestCompression makes bodies a fifth smaller, for some eight times the
// CPU time of compressing.
func WithBestCompression() Option {
	return func(c *config) { c.small = true }
}

// WithMaxBatch bounds the points of a batch; default
// [encoding.DefaultMaxPoints].
func WithMaxBatch(points int) Option {
	return func(c *config) {
		c.maxPoints = given("WithMaxBatch", points)
		c.require("WithMaxBatch", points > 0, "the bound is not above zero")
	}
}

// WithMaxBatchBytes bounds the JSON of a batch before compression; default
// [encoding.DefaultMaxBytes].
func WithMaxBatchBytes(bytes int) Option {
	return func(c *config) {
		c.maxBytes = given("WithMaxBatchBytes", bytes)
		c.require("WithMaxBatchBytes", bytes > 0, "the bound is not above zero")
	}
}

// WithMillisecondTimestamps sends times in milliseconds instead of seconds.
func WithMillisecondTimestamps() Option {
	return func(c *config) { c.milliseconds = true }
}

// WithUserAgent puts a product in front of the User-Agent, such as "shop/1.2".
func WithUserAgent(product string) Option {
	return func(c *config) {
		c.userAgent = given("WithUserAgent", product)
		c.check("WithUserAgent", checkProduct(product))
	}
}

// WithEnv replaces os.LookupEnv for the APPTUIT_ variables; nil reads none.
func WithEnv(lookup func(string) (string, bool)) Option {
	return func(c *config) { c.lookup = lookup }
}

// WithWarningHandler hears of deprecated variables in use; default slog.Warn.
// With nil nobody does.
func WithWarningHandler(f func(error)) Option {
	return func(c *config) { c.warn = f }
}
