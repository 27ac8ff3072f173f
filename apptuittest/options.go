package apptuittest

// Defaults of the options.
const (
	defaultMaxPoints      = 1_000_000
	defaultMaxStoredBytes = 256 << 20
	defaultMaxBodyBytes   = 32 << 20
	defaultMaxJSONBytes   = 32 << 20
	defaultMaxTags        = 25
)

// An Option changes how a [Server] answers.
type Option func(*config)

type config struct {
	auth         auth
	hosts        []string
	maxPoints    int
	maxStored    int
	maxBodyBytes int
	maxJSONBytes int
	maxTags      int
	openTSDB     bool // see WithOpenTSDB
}

func newConfig(opts []Option) config {
	cfg := config{
		auth:         auth{required: true},
		maxPoints:    defaultMaxPoints,
		maxStored:    defaultMaxStoredBytes,
		maxBodyBytes: defaultMaxBodyBytes,
		maxJSONBytes: defaultMaxJSONBytes,
		maxTags:      defaultMaxTags,
	}
	for _, opt := range opts {
		opt(&cfg)
	}
	return cfg
}

// WithToken makes the server accept this token only, as a bearer token or as
// the password of basic authentication, and answer 401 to all else. The
// default takes any token that is not empty.
func WithToken(token string) Option {
	return func(c *config) { c.auth = auth{required: true, token: token} }
}

// withoutToken makes the server answer requests whatever their credentials.
func withoutToken() Option {
	return func(c *config) { c.auth = auth{} }
}

// WithHosts makes a server with a listener answer requests for these hosts
// too, without a port. Localhost, loopback addresses and the address at which
// a request comes in are always allowed, and a request for any other host is
// answered 421. A server used as a handler answers whatever the host.
func WithHosts(names ...string) Option {
	return func(c *config) {
		for _, name := range names {
			c.hosts = append(c.hosts, hostName(name))
		}
	}
}

// withMaxPoints bounds how many points the answer to a query holds. A bound
// below 1 means defaultMaxPoints.
func withMaxPoints(n int) Option {
	return func(c *config) { c.maxPoints = positive(n, defaultMaxPoints) }
}

// withMaxStoredBytes bounds the memory of the stored points and their series:
// the oldest are let go to make room. A bound below 1 means
// defaultMaxStoredBytes.
func withMaxStoredBytes(n int) Option {
	return func(c *config) { c.maxStored = positive(n, defaultMaxStoredBytes) }
}

// withMaxBodyBytes bounds the body of a put as it is on the wire, compressed
// or not; a larger one is answered 413. A bound below 1 means
// defaultMaxBodyBytes.
func withMaxBodyBytes(n int) Option {
	return func(c *config) { c.maxBodyBytes = positive(n, defaultMaxBodyBytes) }
}

// withMaxJSONBytes bounds the body of a put after decompression; a larger one
// is answered 413, whatever it would grow to. A bound below 1 means
// defaultMaxJSONBytes.
func withMaxJSONBytes(n int) Option {
	return func(c *config) { c.maxJSONBytes = positive(n, defaultMaxJSONBytes) }
}

// withMaxTags bounds the tags of a point; a point with more is refused. A
// bound below 1 means defaultMaxTags.
func withMaxTags(n int) Option {
	return func(c *config) { c.maxTags = positive(n, defaultMaxTags) }
}

func positive(n, otherwise int) int {
	if n < 1 {
		return otherwise
	}
	return n
}
