package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// lookAlikes are hosts that look like this machine, and whether they may be
// trusted with a token in clear.
var lookAlikes = map[string]bool{
	"localhost": true, "LOCALHOST": true, "LocalHost:4242": true, "localhost.": true, "LOCALHOST.:4242": true,
	"127.0.0.1": true, "127.9.9.9:80": true, "[::1]": true, "[::1]:80": true, "[::ffff:127.0.0.1]": true, "[::FFFF:7f00:1]": true,

	"127.1": false, "0x7f.1": false, "2130706433": false, "0177.0.0.1": false, "127.0.0.1.": false, "0.0.0.0": false, "0": false,
	"[::ffff:8.8.8.8]": false, "[::2]": false, "[::]": false, "[::127.0.0.1]": false, "[64:ff9b::127.0.0.1]": false, "10.0.0.1": false,
	"127.0.0.1.nip.io": false, "localhost.evil.example": false, "localhost.localdomain": false, "evil.localhost": false, "localhost..": false,
	"127\u30020\u30020\u30021": false, "localhost\u3002": false, "localho\u017ft": false, "\uff4cocalhost": false, "local\u00adhost": false,
	"xn--localhost-.example": false, "xn--lcalhost-0wa": false, "localhost@evil.example": false, "localhost:80@evil.example": false,
	"evil.example#localhost": false, "evil.example?localhost": false, `evil.example\@localhost`: false, "loc%61lhost": false, "[::1%25lo].evil.example": false,
}

func TestEndpointLookAlikes(t *testing.T) {
	for host, want := range lookAlikes {
		_, err := New(WithEnv(nil), WithToken(testToken), WithEndpoint("http://"+host))
		if (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
		addr := host
		if _, _, err := net.SplitHostPort(host); err != nil {
			addr += ":8953"
		}
		if _, err := NewXCollector(addr, WithEnv(nil)); (err == nil) != want {
			t.Errorf("XCollector at %s: %v", addr, err)
		}
	}
}

// misled dials addr whatever it is asked for, as a hosts file or a resolver can
// have it.
func misled(dial dialFunc, addr string) dialFunc {
	return func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, addr) }
}

// elsewhere is a connection that says that it leads to another machine.
type elsewhere struct {
	net.Conn
	wrote *atomic.Bool
}

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

func (c elsewhere) Write(p []byte) (int, error) {
	c.wrote.Store(true)
	return len(p), nil
}

func TestLocalhostElsewhere(t *testing.T) {
	wantHold := func(t *testing.T, o Outcome) {
		t.Helper()
		if o.Verdict != Hold || o.Err == nil || !strings.Contains(o.Err.Error(), "not this machine") || !errors.Is(o.Err, errNotLoopback) {
			t.Errorf("%v: %v", o.Verdict, o.Err)
		}
	}
	t.Run("own client", func(t *testing.T) {
		for _, addr := range []string{"192.0.2.1:80", "[2001:db8::1]:80", "[::ffff:192.0.2.1]:80"} {
			c := newClient(t, WithEndpoint("http://localhost"))
			own := c.http.Transport.(*http.Transport)
			own.DialContext = misled(own.DialContext, addr)
			wantHold(t, c.Put(t.Context(), nettest.Batch(1)))
		}
	})
	t.Run("given client", func(t *testing.T) {
		var wrote atomic.Bool
		given := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			t.Cleanup(func() { _ = far.Close() })
			return elsewhere{near, &wrote}, nil
		}}
		c := newClient(t, WithEndpoint("http://localhost"), WithHTTPClient(&http.Client{Transport: given}))
		wantHold(t, c.Put(t.Context(), nettest.Batch(1)))
		if wrote.Load() {
			t.Error("something was written")
		}
	})
	t.Run("where it may", func(t *testing.T) {
		c := newClient(t, WithEndpoint("http://localhost"), WithInsecure())
		own := c.http.Transport.(*http.Transport)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
		t.Cleanup(s.Close)
		own.DialContext = misled(own.DialContext, s.Listener.Addr().String())
		if o := c.Put(t.Context(), nettest.Batch(1)); o.Err != nil {
			t.Error(o.Err)
		}
	})
}

// No proxy is on the way to this machine, whatever the environment or a client
// says, for it would see the token.
func TestNoProxyToThisMachine(t *testing.T) {
	var seen atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	t.Cleanup(proxy.Close)
	through, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(store.Close)
	_, port, err := net.SplitHostPort(store.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	clients := map[string][]Option{
		"own":   nil,
		"given": {WithHTTPClient(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(through)}})},
	}
	for _, host := range []string{"LOCALHOST", "localhost.", "127.0.0.1", "LocalHost"} {
		for name, opts := range clients {
			c := newClient(t, append(opts, WithEndpoint("http://"+host+":"+port))...)
			if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Delivered {
				t.Errorf("%s, %s: %v", host, name, o.Err)
			}
			if c.http.Transport.(*http.Transport).Proxy != nil {
				t.Errorf("%s, %s: a proxy may be used", host, name)
			}
		}
	}
	if n := seen.Load(); n > 0 {
		t.Errorf("%d requests came by the proxy", n)
	}
	if newClient(t).http.Transport.(*http.Transport).Proxy == nil {
		t.Error("other endpoints have no proxy any more")
	}
}

// What a client given by the user does for other endpoints stays as it is.
func TestGivenTransportIsKept(t *testing.T) {
	given := &http.Transport{}
	for _, opts := range [][]Option{{WithEndpoint("https://localhost")}, {WithEndpoint("http://store.test"), WithInsecure()}} {
		c := newClient(t, append(opts, WithHTTPClient(&http.Client{Transport: given}))...)
		if c.http.Transport != given || c.ownsPool {
			t.Errorf("%s: it was replaced", c)
		}
	}
}

func TestRequestStaysBelowTheEndpoint(t *testing.T) {
	bad := map[string]*Request{
		"userinfo": {Path: "@evil.test/x"}, "port": {Path: ":80@evil.test/"}, "no slash": {Path: "x"}, "suffix": {Path: ".evil.test/"},
		"two slashes": {Path: "//evil.test/x"}, "two inside": {Path: "/a//b"}, "line": {Path: "/a\r\nX: y"}, "query": {Path: "/a?b"},
		"fragment": {Path: "/a#b"}, "backslash": {Path: `/\evil.test`}, "above": {Path: "/../x"}, "above, escaped": {Path: "/a/%2e%2E/x"},
		"above, escaped slash": {Path: "/a%2f..%5cx"}, "broken": {Path: "/%zz"}, "here": {Path: "/./x"}, "space": {Path: "/a b"},
		"fragment of the query": {Path: "/a", Query: "a#b"}, "line in the query": {Path: "/a", Query: "a\nb"},
		"method": {Method: "GET x", Path: "/a"}, "content type": {Path: "/a", ContentType: "a\r\nX-Y: z"},
	}
	for name, r := range bad {
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, "")}}
		o := dial(t, w, WithEndpoint("https://store.test/base")).Do(t.Context(), r)
		if o.Verdict != Hold || !errors.Is(o.Err, errBadRequest) || len(w.At) > 0 || strings.Contains(o.Err.Error(), "evil") {
			t.Errorf("%s: %v, %v, %d requests", name, o.Verdict, o.Err, len(w.At))
		}
	}
	for _, path := range []string{"", "/", "/api/query", "/a/", "/a%2Fb/..c", "/label/é/values"} {
		var to string
		w := &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) {
			to = r.URL.Scheme + "://" + r.URL.Host
			return nettest.Status(200, "")(r)
		}}}
		o := dial(t, w, WithEndpoint("https://store.test/base")).Do(t.Context(), &Request{Path: path, Read: func(io.Reader) error { return nil }})
		if o.Verdict != Delivered || to != "https://store.test" {
			t.Errorf("%q: %v, to %s", path, o.Err, to)
		}
	}
}
