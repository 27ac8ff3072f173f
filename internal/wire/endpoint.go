package wire

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/text"
)

const putPath = "/api/put"

// addedPaths are those that belong to requests, not to an endpoint.
var addedPaths = []string{putPath, "/api/query"}

// An endpoint is where a store lives.
type endpoint struct {
	base   string // scheme://host[:port][/path]
	put    string // the URL of puts
	scheme string
	host   string // with the port
	name   string // without it

	query       url.Values // that was given with it, for puts
	parameters  url.Values // all that a user adds to the query of puts
	destination string     // tells where puts go, without a secret
}

// parseEndpoint checks an endpoint. The error never repeats it, for it may hold
// what should not be shown.
func parseEndpoint(s string) (endpoint, error) {
	if err := checkNotation(s); err != nil {
		return endpoint{}, err
	}
	u, err := url.Parse(s)
	if err != nil {
		return endpoint{}, errors.New("it is not a URL") // err repeats it
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	if err := checkURL(u, s, path); err != nil {
		return endpoint{}, err
	}
	u.Host = canonicalHost(u.Host)
	root := url.URL{Scheme: u.Scheme, Host: u.Host}
	base := root.String() + path
	if _, err := url.Parse(base); err != nil { // hosts can be read that cannot be written
		return endpoint{}, errors.New("it has no valid host")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || query.Has("") {
		return endpoint{}, errors.New("its query cannot be read: write ?key=value&key2=value2, with percent signs where they are needed")
	}
	return endpoint{base: base, scheme: u.Scheme, host: u.Host, name: u.Hostname(), query: query}, nil
}

// checkNotation finds the mistakes that are made in writing, and says what to write.
func checkNotation(s string) error {
	switch {
	case strings.TrimSpace(s) != s:
		return errors.New("a space or a line feed stands before or behind it: leave that out")
	case !strings.Contains(s, "://"):
		return errors.New("it has no scheme: write http:// or https:// in front of it, such as http://127.0.0.1:4242")
	}
	return nil
}

// endpoint returns where the store lives; its problems are among those of the
// settings.
func (s *Settings) endpoint() endpoint {
	standard := s.Preset().Endpoint
	derived := s.useQueryEndpoint()
	e, err := parseEndpoint(s.Endpoint.Or(standard))
	s.check(s.Endpoint.From, err)
	if s.Endpoint.From == env.QueryEndpoint {
		s.require(env.QueryEndpoint, len(e.query) == 0, "it holds a query: leave out what begins with ?")
	}
	if derived && err == nil {
		e = e.onPort(s.Preset().QueryPort)
	}
	s.addParameters(&e)
	return e
}

// useQueryEndpoint sets the endpoint of who only asks: what code gives, or else
// APPTUIT_QUERY_ENDPOINT, or else that of puts. That one is on another port for some
// stores, which the result tells.
func (s *Settings) useQueryEndpoint() (onQueryPort bool) {
	if !s.Queries || s.Endpoint.set() && s.Endpoint.From != env.Endpoint {
		return false
	}
	if text, ok := s.Lookup.Get(env.QueryEndpoint); ok {
		s.Endpoint = Given(env.QueryEndpoint, text)
		return false
	}
	return s.Preset().QueryPort != ""
}

// onPort returns the root of the same host on another port.
func (e endpoint) onPort(port string) endpoint {
	e.host = e.name + ":" + port
	if strings.Contains(e.name, ":") {
		e.host = "[" + e.name + "]:" + port
	}
	e.base = e.scheme + "://" + e.host
	return e
}

func checkURL(u *url.URL, s, path string) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("it does not begin with https:// or http://")
	case u.Hostname() == "" || !validPort(u.Port()):
		return errors.New("it has no host, or a port out of range")
	case len(u.Host) > maxHost || text.Line(u.Host) != u.Host:
		return errors.New("its host is too long, or holds what cannot be printed")
	case u.User != nil:
		return errors.New("it holds a user or a password: use WithToken and WithUserID")
	case strings.Contains(s, "#"):
		return errors.New("it holds a fragment: leave out what begins with #")
	}
	for _, added := range addedPaths {
		if strings.HasSuffix(path, added) {
			return errors.New("it ends in " + added + ", which is added to it: leave that out")
		}
	}
	return nil
}

func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// maxHost bounds a host and its port.
const maxHost = 253 + len(":65535")

// canonicalHost returns a host in lower case, but for the zone of an address,
// and localhost without the dot of the root.
func canonicalHost(host string) string {
	name, zone, zoned := strings.Cut(host, "%")
	name = strings.ToLower(name)
	if zoned {
		return name + "%" + zone
	}
	if rest, ok := strings.CutPrefix(name, localhost+"."); ok && (rest == "" || rest[0] == ':') {
		return localhost + rest
	}
	return name
}

const localhost = "localhost"

func (e endpoint) plain() bool { return e.scheme == "http" }

// loopback tells whether the host means this machine. What localhost stands for
// is known when it is dialled, see [notLoopback].
func (e endpoint) loopback() bool {
	if e.name == localhost {
		return true
	}
	addr, err := netip.ParseAddr(e.name)
	return err == nil && addr.Unmap().IsLoopback()
}
