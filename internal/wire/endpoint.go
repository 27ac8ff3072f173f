package wire

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

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
}

// parseEndpoint checks an endpoint. The error never repeats it, for it may hold
// what should not be shown.
func parseEndpoint(s string) (endpoint, error) {
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
	return endpoint{base: base, put: base + putPath + "?details", scheme: u.Scheme, host: u.Host, name: u.Hostname()}, nil
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
	case strings.ContainsAny(s, "?#"):
		return errors.New("it holds a query or a fragment")
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
