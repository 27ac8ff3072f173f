package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxHeaderBytes = 64 << 10
	// idleTimeout is shorter than what servers grant an idle connection, and
	// than the usual export interval: a connection that a server may be closing
	// is not used again.
	idleTimeout = 20 * time.Second
	dialTimeout = 10 * time.Second
	idlePerHost = 8
	// writeBuffer is what is written at once: a request of a thousand series.
	writeBuffer = 64 << 10
	// A connection of HTTP/2 is asked for a sign of life after a silence of this.
	minSilence = time.Second
	maxSilence = 4 * time.Second
)

// newHTTPClient returns a client that follows no redirect: a followed POST can
// become a GET, lose its body and still be answered with 200. ownsPool tells
// whether its connections are its own.
func (s *Settings) newHTTPClient(e endpoint) (client *http.Client, ownsPool bool) {
	client = &http.Client{}
	local := s.inClear(e) // and so e is this machine, see checkPlain
	if s.HTTPClient.set() {
		*client = *s.HTTPClient.Value
		ownsPool = local && keepLocal(client)
	} else {
		client.Transport = newOwnTransport(s, e, local)
		ownsPool = true
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client, ownsPool
}

// newOwnTransport returns the transport of a client that is not the user's.
func newOwnTransport(s *Settings, e endpoint, local bool) http.RoundTripper {
	if s.loadedTLS.config == nil || e.plain() {
		return newTransport(s.TLS.Value, e, local, s.timeout())
	}
	timeout := s.timeout()
	return newRenewingTransport(s.loadedTLS, s.Warn, func(t *tls.Config) *http.Transport { return newTransport(t, e, local, timeout) })
}

// newTransport returns the transport to an endpoint, for attempts that may take as
// long as timeout. local is whether nothing may be written but to this machine.
func newTransport(t *tls.Config, e endpoint, local bool, timeout time.Duration) *http.Transport {
	if t = t.Clone(); t == nil {
		t = &tls.Config{}
	}
	t.MinVersion = max(t.MinVersion, tls.VersionTLS12)
	transport := &http.Transport{
		Proxy:                  proxy,
		DialContext:            pooled(newDialer(local).DialContext),
		TLSClientConfig:        t,
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		WriteBufferSize:        writeBuffer,
		HTTP2:                  http2Config(timeout),
		OnProxyConnectResponse: checkConnect,
	}
	if e.loopback() {
		transport.Proxy = nil // it would see what does not leave this machine
	}
	return transport
}

// http2Config has connections of HTTP/2 asked by a ping whether they are alive. A
// dead one is closed within a quarter of the time that an attempt may take, and
// within 8 s.
func http2Config(timeout time.Duration) *http.HTTP2Config {
	silence := min(max(timeout/8, minSilence), maxSilence)
	return &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: silence, WriteByteTimeout: 2 * silence}
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

func pooled(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &pooledConn{Conn: c, plain: struct{ io.Writer }{c}}, nil
	}
}

// A pooledConn writes bodies by way of memory that is used again: net/http would
// allocate it for each. It knows the attempts that are on it, for with HTTP/2
// net/http keeps a connection whatever becomes of them.
type pooledConn struct {
	net.Conn
	plain io.Writer    // the connection, and nothing but a Writer
	users atomic.Int32 // attempts
	late  atomic.Bool  // one of them ran out of time
}

// leave closes the connection if an attempt ran out of time on it, and no other
// one is on it: what net/http makes of that is no matter then.
func (c *pooledConn) leave() {
	if c.users.Add(-1) == 0 && c.late.Load() {
		_ = c.Close()
	}
}

var copyBuffers = sync.Pool{New: func() any { return new([writeBuffer]byte) }}

func (c *pooledConn) ReadFrom(r io.Reader) (int64, error) {
	buffer := copyBuffers.Get().(*[writeBuffer]byte)
	defer copyBuffers.Put(buffer)
	return io.CopyBuffer(c.plain, r, buffer[:])
}

// proxy does not pass on the error of a bad proxy variable, for that repeats
// the variable with its password.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the proxy variables of the environment hold no valid URL")
	}
	return u, nil
}

func checkTLS(t *tls.Config) error {
	if t == nil {
		return errors.New("the configuration is nil")
	}
	if tooOld(t.MinVersion) || tooOld(t.MaxVersion) {
		return errors.New("it allows a version below TLS 1.2")
	}
	return nil
}

func tooOld(version uint16) bool { return version != 0 && version < tls.VersionTLS12 }
