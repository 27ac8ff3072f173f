package apptuittest

// Defaults of the options.
const (
	DefaultMaxPoints      = 1_000_000
	DefaultMaxStoredBytes = 256 << 20
	DefaultMaxBodyBytes   = 32 << 20
	DefaultMaxJSONBytes   = 32 << 20
	DefaultMaxTags        = 25
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
}

func newConfig(opts []Option) config {
	cfg := config{
		auth:         auth{required: true},
		maxPoints:    DefaultMaxPoints,
		maxStored:    DefaultMaxStoredBytes,
		maxBodyBytes: DefaultMaxBodyBytes,
		maxJSONBytes: DefaultMaxJSONBytes,
		maxTags:      DefaultMaxTags,
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

// WithoutToken makes the server answer requests whatever their credentials.
func WithoutToken() Option {
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

// WithMaxPoints bounds how many points the server stores. A put whose good
// points do not all fit is answered 503 and none of them is stored: what the
// server once said it has, it keeps. A bound below 1 means
// [DefaultMaxPoints].
func WithMaxPoints(n int) Option {
	return func(c *config) { c.maxPoints = positive(n, DefaultMaxPoints) }
}

// WithMaxStoredBytes bounds the memory of the stored points and their series;
// a put that does not fit is answered as one beyond [WithMaxPoints]. A bound
// below 1 means [DefaultMaxStoredBytes].
func WithMaxStoredBytes(n int) Option {
	return func(c *config) { c.maxStored = positive(n, DefaultMaxStoredBytes) }
}

// WithMaxBodyBytes bounds the body of a put as it is on the wire, compressed
// or not; a larger one is answered 413. A bound below 1 means
// [DefaultMaxBodyBytes].
func WithMaxBodyBytes(n int) Option {
	return func(c *config) { c.maxBodyBytes = positive(n, DefaultMaxBodyBytes) }
}

// WithMaxJSONBytes bounds the body of a put after decompression; a larger one
// is answered 413, whatever it would grow to. A bound below 1 means
// [DefaultMaxJSONBytes].
func WithMaxJSONBytes(n int) Option {
	return func(c *config) { c.maxJSONBytes = positive(n, DefaultMaxJSONBytes) }
}

// WithMaxTags bounds the tags of a point; a point with more is refused. A
// bound below 1 means [DefaultMaxTags].
func WithMaxTags(n int) Option {
	return func(c *config) { c.maxTags = positive(n, DefaultMaxTags) }
}

func positive(n, otherwise int) int {
	if n < 1 {
		return otherwise
	}
	return n
}
