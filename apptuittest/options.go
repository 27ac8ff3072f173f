package apptuittest

// Defaults of the options.
const (
	DefaultMaxPoints    = 1_000_000
	DefaultMaxBodyBytes = 32 << 20
	DefaultMaxJSONBytes = 32 << 20
	DefaultMaxTags      = 25
)

// An Option changes how a [Server] answers.
type Option func(*config)

type config struct {
	auth         auth
	maxPoints    int
	maxBodyBytes int
	maxJSONBytes int
	maxTags      int
}

func newConfig(opts []Option) config {
	cfg := config{
		auth:         auth{required: true},
		maxPoints:    DefaultMaxPoints,
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

// WithMaxPoints bounds how many points the server stores. A put whose good
// points do not all fit is answered 503 and none of them is stored: what the
// server once said it has, it keeps. A bound below 1 means
// [DefaultMaxPoints].
func WithMaxPoints(n int) Option {
	return func(c *config) { c.maxPoints = positive(n, DefaultMaxPoints) }
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
