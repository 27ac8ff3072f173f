package transport

import (
	"context"
	"crypto/tls"
	"maps"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// An Option configures a [Client]. What an option says beats the environment,
// and the environment beats the default; of an option given twice the last
// counts.
type Option func(*wire.Settings)

// WithStore names the store, and the rest follows where nothing else is said: the
// endpoint, whether there has to be a token, how large batches are, how puts ask.
// It is apptuit, victoriametrics, influxdb or opentsdb. Also APPTUIT_STORE; default
// apptuit. Points are sent as they are: it is package apptuit's exporter that makes
// names and values fit for a store.
func WithStore(name string) Option {
	return func(s *wire.Settings) { s.Store = wire.Given("WithStore", name) }
}

// WithPutPath sets the path of puts below the endpoint, for stores that take them
// elsewhere than at "/api/put".
func WithPutPath(path string) Option {
	return func(s *wire.Settings) { s.PutPath = wire.Given("WithPutPath", path) }
}

// WithQueryParameters adds to the query of puts, such as the database of the store.
// A query of the endpoint does the same, and gives way to these. The values are kept
// as secret as those of [WithHeaders].
func WithQueryParameters(parameters map[string]string) Option {
	parameters = maps.Clone(parameters)
	return func(s *wire.Settings) { s.Parameters = wire.Given("WithQueryParameters", parameters) }
}

// WithoutDetails leaves "details" out of the query of puts: for stores that take each
// point by itself then. What they refuse has to be searched for.
func WithoutDetails() Option { return func(s *wire.Settings) { s.NoDetails = true } }

// WithEndpoint sets where the store lives: http or https, a host, and a path if
// it has one; "/api/put" is added to it. A query behind it is for puts alone. Also
// APPTUIT_API_ENDPOINT; default https://api.apptuit.ai.
func WithEndpoint(url string) Option {
	return func(s *wire.Settings) { s.Endpoint = wire.Given("WithEndpoint", url) }
}

// WithToken sets the API token. Also APPTUIT_API_TOKEN. It has four letters and
// digits at least: less could not be told from other text, and so not be kept out
// of errors. Instead of it APPTUIT_API_TOKEN_FILE names a file that holds it, which
// is read for each attempt.
func WithToken(token string) Option {
	return func(s *wire.Settings) { s.SetToken("WithToken", token) }
}

// WithTokenSource asks source for the token before each attempt, within the
// time and the context of the attempt. It is called from many goroutines.
// Its errors are retried as the network's are; their text is withheld where it
// holds a token. errors.Is finds them, errors.As does not.
func WithTokenSource(source func(context.Context) (string, error)) Option {
	return func(s *wire.Settings) { s.TokenSource = wire.Given("WithTokenSource", source) }
}

// WithUserID sets the user of an account that has one: the token is then sent
// as the password of that user. It holds no colon. Also APPTUIT_API_USER.
func WithUserID(user string) Option {
	return func(s *wire.Settings) { s.UserID = wire.Given("WithUserID", user) }
}

// WithoutToken sends no token, whatever the environment holds: for stores that
// ask for none, or that take another Authorization by [WithHeaders].
func WithoutToken() Option {
	return func(s *wire.Settings) { s.NoToken = true }
}

// WithInsecure allows secrets to travel over plain http to other machines. Also
// APPTUIT_INSECURE. Where there is no secret, nothing has to be allowed.
func WithInsecure() Option {
	return func(s *wire.Settings) { s.Insecure = wire.Given("WithInsecure", true) }
}

// WithTimeout bounds one attempt, the answer's body included. Also
// APPTUIT_TIMEOUT, in milliseconds; default 30 s.
func WithTimeout(d time.Duration) Option {
	return func(s *wire.Settings) { s.Timeout = wire.Given("WithTimeout", d) }
}

// WithDefaultTimeout replaces the 30 s that hold where neither [WithTimeout]
// nor APPTUIT_TIMEOUT says otherwise, for packages whose requests take longer.
func WithDefaultTimeout(d time.Duration) Option {
	return func(s *wire.Settings) { s.DefaultTimeout = wire.Given("WithDefaultTimeout", d) }
}

// WithMaxAnswerBytes bounds the answers to [Client.Ask], as they come and
// decompressed; default 64 MiB. Beyond it the error is [ErrAnswerTooLarge].
func WithMaxAnswerBytes(bytes int64) Option {
	return func(s *wire.Settings) { s.MaxAnswer = wire.Given("WithMaxAnswerBytes", bytes) }
}

// WithMaxAttempts bounds how often [Client.Ask] tries. By default it tries
// until its context ends, or 5 times where that has no deadline.
func WithMaxAttempts(n int) Option {
	return func(s *wire.Settings) { s.MaxAttempts = wire.Given("WithMaxAttempts", n) }
}

// WithHTTPClient sends by a copy of client, which does not follow redirects.
// What its transport does about proxies, TLS and limits stays as it is, with one
// exception: where secrets go to this machine by plain http and nobody said
// [WithInsecure], an [http.Transport] is replaced by a copy that uses no proxy and
// connects to nothing else. Another RoundTripper has to see to that itself.
func WithHTTPClient(client *http.Client) Option {
	return func(s *wire.Settings) { s.HTTPClient = wire.Given("WithHTTPClient", client) }
}

// WithTLSConfig sets certificates and the like; TLS 1.2 is the least. Where neither
// it nor WithHTTPClient is given, APPTUIT_CERTIFICATE names a file of certificates to
// trust, and APPTUIT_CLIENT_CERTIFICATE and APPTUIT_CLIENT_KEY those of the one to
// show. They are read again when they change.
func WithTLSConfig(t *tls.Config) Option {
	return func(s *wire.Settings) { s.TLS = wire.Given("WithTLSConfig", t) }
}

// WithHeaders adds headers to each request. Their values are treated as
// secrets, but for those of fewer than four letters and digits, common words such
// as true, and headers such as Accept that never hold one. A value or a part of
// it that has a digit and eight letters and digits is kept out of texts as a token
// is, a shorter one where it stands as a word, and another one as a whole. Those
// that the client writes itself cannot be given; Authorization can where no token is
// sent. Also APPTUIT_HEADERS, written as OTEL_EXPORTER_OTLP_HEADERS is.
func WithHeaders(headers map[string]string) Option {
	headers = maps.Clone(headers)
	return func(s *wire.Settings) { s.Headers = wire.Given("WithHeaders", headers) }
}

// WithCompression sets how bodies are compressed. Also APPTUIT_COMPRESSION;
// default gzip.
func WithCompression(comp encoding.Compression) Option {
	return func(s *wire.Settings) { s.Compression = wire.Given("WithCompression", comp) }
}

// WithBestCompression makes bodies a fifth smaller, for some eight times the
// CPU time of compressing.
func WithBestCompression() Option {
	return func(s *wire.Settings) { s.Small = true }
}

// WithMaxBatch bounds the points of a batch; 2,000 by default
// ([encoding.DefaultMaxPoints]). Also APPTUIT_MAX_BATCH.
func WithMaxBatch(points int) Option {
	return func(s *wire.Settings) { s.MaxPoints = wire.Given("WithMaxBatch", points) }
}

// WithMaxBatchBytes bounds the JSON of a batch before compression; 2 MiB by default
// ([encoding.DefaultMaxBytes]), and in proportion where [WithMaxBatch] allows more
// than 2,000 points, up to 16 MiB. Also APPTUIT_MAX_BATCH_BYTES. Where it is not given,
// requests to opentsdb have 8 KiB at the most as they are sent.
func WithMaxBatchBytes(bytes int) Option {
	return func(s *wire.Settings) { s.MaxBytes = wire.Given("WithMaxBatchBytes", bytes) }
}

// WithMillisecondTimestamps sends times in milliseconds instead of seconds. Also
// APPTUIT_MILLISECONDS.
func WithMillisecondTimestamps() Option {
	return func(s *wire.Settings) { s.Milliseconds = true }
}

// WithUserAgent puts a product in front of the User-Agent, such as "shop/1.2".
func WithUserAgent(product string) Option {
	return func(s *wire.Settings) { s.UserAgent = wire.Given("WithUserAgent", product) }
}

// WithEnv replaces os.LookupEnv for the APPTUIT_ variables; nil reads none.
func WithEnv(lookup func(string) (string, bool)) Option {
	return func(s *wire.Settings) { s.Lookup, s.Environ = lookup, nil }
}

// WithWarningHandler hears of deprecated and of unknown variables, of files of
// certificates that cannot be read any more, and of what [Client.Send] and [Client.Ask]
// try again after a wait: once for each batch and each request, with the cause of the
// first failure, in the goroutine of the call, which goes on when it returns. Default
// slog.Warn. With nil nobody hears of them.
func WithWarningHandler(f func(error)) Option {
	return func(s *wire.Settings) { s.Warn = f }
}

// WithXCollector sends points to an XCollector, an agent that takes them as lines of
// text by UDP, instead of to a store. It lives at addr, host:port; an empty addr
// means 127.0.0.1:8953. [Client.Ask] fails then, for an agent answers nothing.
//
// UDP acknowledges nothing. A point is counted as stored once its datagram was sent
// and nobody refused it within some milliseconds: the agent can still lose it, and
// nobody is told. Where no agent listens, its machine mostly says so, and the points
// are sent again; those that an agent took before it stopped can then come twice,
// with the same time and value. A point whose line is longer than 8 KiB is given up
// as [ErrTooLarge].
//
// The agent has to be on this machine, for a refusal from elsewhere may come late or
// never, and what is sent is neither encrypted nor whole if a network loses a part of
// it. [WithInsecure], or APPTUIT_INSECURE, allows another host where that is meant.
//
// [WithTimeout], [WithCompression] and the bounds of batches are for it as well, with
// their variables; batches are then of 64 KiB of JSON unless [WithMaxBatchBytes] says
// otherwise. No other variable is read, and options of HTTP are refused.
func WithXCollector(addr string) Option {
	return func(s *wire.Settings) { s.XCollector = wire.Given("WithXCollector", addr) }
}
