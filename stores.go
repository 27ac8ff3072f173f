package apptuit

import (
	"github.com/apptuitai/apptuit-go/internal/wire"
	"github.com/apptuitai/apptuit-go/transport"
)

// A Store is a kind of store that [WithStore] knows.
type Store string

// The stores. What each brings with it, each option and each variable beats:
//
//	                 endpoint               token   tags of a point
//	Apptuit          api.apptuit.ai         wanted  25
//	VictoriaMetrics  http://localhost:4242  may be  29
//	InfluxDB         http://localhost:4242  may be  25
//	OpenTSDB         http://localhost:4242  may be  8
//
// For InfluxDB the tag key time becomes time_, and a backslash at the end of a tag
// value "/": the store would lose points, or the next tag. For OpenTSDB each character
// of a tag value but letters, digits and -_./ becomes "_", and numbers have no plus,
// so that +Inf is Inf; requests have 8 KiB at the most on the wire, and ask to be
// answered once the points are stored (sync). Two series that differ only in what is
// replaced become one, which the error handler hears.
const (
	Apptuit         Store = "apptuit" // the default
	VictoriaMetrics Store = "victoriametrics"
	InfluxDB        Store = "influxdb"
	OpenTSDB        Store = "opentsdb"
)

// WithStore names the store, and the rest follows where nothing else is said. Where
// it needs no token and none is given, none is sent, and plain http needs no
// [WithInsecure]. The default is [Apptuit], or APPTUIT_STORE.
func WithStore(store Store) Option { return fromTransport(transport.WithStore(string(store))) }

// WithPutPath sets the path of puts below the endpoint, in the place of "/api/put":
// TDengine takes them at "/opentsdb/v1/put/json/DATABASE".
func WithPutPath(path string) Option { return fromTransport(transport.WithPutPath(path)) }

// WithQueryParameters adds to the query of puts: GreptimeDB wants db, CnosDB db and
// precision. A query of the endpoint does the same, and gives way to these. Their
// values are kept as secret as the token, and what waits in a spool for one set of
// them is not sent by another.
func WithQueryParameters(parameters map[string]string) Option {
	return fromTransport(transport.WithQueryParameters(parameters))
}

// WithoutDetails leaves "details" out of the query of puts, for stores that would take
// each point by itself then, as GreptimeDB does. Points that such a store refuses have
// to be searched for.
func WithoutDetails() Option { return fromTransport(transport.WithoutDetails()) }

// useStore applies the options of the connection, and takes from the store what is
// not said otherwise.
func (c *config) useStore() {
	c.settings = wire.NewSettings()
	c.settings.Lookup, c.settings.Environ, c.settings.Warn = c.lookup, c.environ, c.handle
	for _, opt := range c.transport {
		opt(c.settings)
	}
	c.store = c.settings.Preset()
	if c.maxTags == 0 {
		c.maxTags = c.store.MaxTags
	}
}
