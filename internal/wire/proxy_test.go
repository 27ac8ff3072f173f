package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/apptuitai/apptuit-go/internal/nettest"
)

const proxyPassword = "pass-word-of-proxy"

// behind returns a client that goes through a proxy, which answers each request
// as a server does, and the proxy's host. The store does not exist.
func behind(t *testing.T, endpoint string, answer http.HandlerFunc) (*Client, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: answer}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return through(t, endpoint, l.Addr().String()), l.Addr().String()
}

// through returns a client that goes through the proxy at host.
func through(t *testing.T, endpoint, host string) *Client {
	t.Helper()
	c := newClient(t, WithEndpoint(endpoint), WithInsecure())
	proxy := &url.URL{Scheme: "http", User: url.UserPassword("ann", proxyPassword), Host: host}
	c.http.Transport.(*http.Transport).Proxy = http.ProxyURL(proxy)
	return c
}

func TestFault32ProxyRefuses(t *testing.T) {
	for _, tt := range []struct {
		endpoint string
		status   int
		verdict  Verdict
		want     string // HOST stands for the proxy
	}{
		{"https://store.test", 407, Hold, "store.test: the proxy HOST refuses (status 407 Proxy Authentication Required): check the user and password of HTTPS_PROXY/HTTP_PROXY"},
		{"https://store.test", 403, Hold, "store.test: the proxy HOST refuses (status 403 Forbidden): have it let the endpoint pass, or go without it (NO_PROXY)"},
		{"https://store.test", 404, Hold, "store.test: the proxy HOST refuses (status 404 Not Found)"},
		{"https://store.test", 302, Hold, "store.test: the proxy HOST refuses (status 302 Found)"},
		{"https://store.test", 429, Retry, "store.test: the proxy HOST does not get through to the store (status 429 Too Many Requests)"},
		{"https://store.test", 502, Retry, "store.test: the proxy HOST does not get through to the store (status 502 Bad Gateway)"},
		{"https://store.test", 503, Retry, "the proxy HOST does not get through to the store (status 503 Service Unavailable)"},
		{"https://store.test", 504, Retry, "the proxy HOST does not get through to the store (status 504 Gateway Timeout)"},
		{"http://store.test", 407, Hold, "store.test: the proxy HOST refuses (status 407 Proxy Authentication Required): check the user and password of HTTPS_PROXY/HTTP_PROXY"},
		{"http://store.test", 403, Hold, `store.test: status 403 Forbidden: "no PASSWORD": the proxy HOST or the store behind it refuses: check HTTP_PROXY, and what the token may do (WithToken, APPTUIT_API_TOKEN)`},
		{"http://store.test", 502, Retry, "store.test: status 502 Bad Gateway"},
	} {
		c, host := behind(t, tt.endpoint, func(w http.ResponseWriter, r *http.Request) {
			if (r.Method == http.MethodConnect) != strings.HasPrefix(tt.endpoint, "https:") {
				t.Errorf("the proxy got %s %s", r.Method, r.URL)
			}
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, "no PASSWORD")
		})
		q := newQuestion()
		q.Method = http.MethodPost
		want := strings.ReplaceAll(tt.want, "HOST", host)
		for _, o := range []Outcome{c.Put(t.Context(), nettest.Batch(2)), c.Do(t.Context(), q.Request)} {
			if o.Verdict != tt.verdict || o.Err == nil || !strings.Contains(o.Err.Error(), want) {
				t.Errorf("%s, %d: %v\ngot  %v\nwant %s", tt.endpoint, tt.status, o.Verdict, o.Err, want)
			}
			if out := fmt.Sprintf("%+v %#v %v", o, o, o.Err); strings.Contains(out, proxyPassword) {
				t.Errorf("the password of the proxy is shown: %s", out)
			}
		}
	}
}

// A proxy that is not there is not the store.
func TestFault32NoProxyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	l.Close()
	for _, endpoint := range []string{"https://store.test", "http://store.test"} {
		o := through(t, endpoint, host).Put(t.Context(), nettest.Batch(1))
		if o.Verdict != Retry || !strings.Contains(o.Err.Error(), "check the proxy of HTTPS_PROXY/HTTP_PROXY, and that it is up") || strings.Contains(o.Err.Error(), proxyPassword) {
			t.Errorf("%v: %v", o.Verdict, o.Err)
		}
	}
}

// A proxy that cuts the connection off is a network's failure.
func TestFault32ProxyHangsUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			conn.Close()
		}
	}()
	if o := through(t, "https://store.test", l.Addr().String()).Put(t.Context(), nettest.Batch(1)); o.Verdict != Retry || o.Status != 0 {
		t.Errorf("%+v", o)
	}
}

// A transport that was not made here says only what the proxy called it.
func TestFault32ProxyOfAnotherTransport(t *testing.T) {
	c, host := behind(t, "https://store.test", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(407) })
	given := newClient(t, WithEndpoint("https://store.test"), WithHTTPClient(c.http))
	if o := given.Put(t.Context(), nettest.Batch(1)); o.Verdict != Hold || !strings.Contains(o.Err.Error(), "the proxy "+host+" refuses") {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
	synctest.Test(t, func(t *testing.T) {
		o := put(t, 1, nettest.Fails(errors.New("Proxy Authentication Required")))
		if o.Verdict != Hold || !strings.Contains(o.Err.Error(), "the proxy refuses (status 407 Proxy Authentication Required): check the user and password") {
			t.Errorf("%v: %v", o.Verdict, o.Err)
		}
	})
	// Without a proxy in sight it is one on the way.
	if o := put(t, 1, nettest.Status(407, "")); o.Verdict != Hold || !strings.Contains(o.Err.Error(), "the proxy refuses (status 407") {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
}
