package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
)

// errNotLoopback says that a name of this machine leads elsewhere. Asking again
// does not mend it.
var errNotLoopback = errors.New("the host of the endpoint is not this machine, and plain http would show the token to the network: " +
	"check what localhost stands for, use https, or WithInsecure (APPTUIT_INSECURE) where that is meant")

// newDialer returns a dialer. Where local is set it connects to this machine
// alone, whatever a resolver makes of a name.
func newDialer(local bool) *net.Dialer {
	d := &net.Dialer{Timeout: dialTimeout}
	if local {
		d.ControlContext = func(_ context.Context, _, addr string, _ syscall.RawConn) error { return notLoopback(addr) }
	}
	return d
}

// notLoopback returns an error unless an address, with its port, is of this
// machine and of no network.
func notLoopback(addr string) error {
	a, err := netip.ParseAddrPort(addr)
	if err != nil || !a.Addr().Unmap().IsLoopback() {
		return errNotLoopback
	}
	return nil
}

// keepLocal lets a client given by the user connect to this machine alone and
// by no proxy, for what it sends is neither encrypted nor meant for others. It
// tells whether it could: a RoundTripper other than http.Transport does as it
// likes.
func keepLocal(client *http.Client) bool {
	given := client.Transport
	if given == nil {
		given = http.DefaultTransport
	}
	t, ok := given.(*http.Transport)
	if !ok {
		return false
	}
	dial := dialerOf(t)
	t = t.Clone()
	t.Proxy = nil
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		// Other kinds of address, such as of a socket in the file system, are no network.
		if to, ok := c.RemoteAddr().(*net.TCPAddr); ok && !to.IP.IsLoopback() {
			return nil, errors.Join(errNotLoopback, c.Close())
		}
		return c, nil
	}
	client.Transport = t
	return true
}

func dialerOf(t *http.Transport) dialFunc {
	switch {
	case t.DialContext != nil:
		return t.DialContext
	case t.Dial != nil: //lint:ignore SA1019 a user may still set it
		dial := t.Dial //lint:ignore SA1019 the same
		return func(_ context.Context, network, addr string) (net.Conn, error) { return dial(network, addr) }
	}
	return (&net.Dialer{}).DialContext
}
