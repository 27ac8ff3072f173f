package apptuittest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// ask sends a query with this Host over the listener.
func ask(t *testing.T, srv *Server, host string) int {
	t.Helper()
	r := newQuery("fetch('m')")
	r.URL.Scheme, r.URL.Host, r.RequestURI, r.Host = "http", strings.TrimPrefix(srv.URL, "http://"), "", host
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestHosts(t *testing.T) {
	srv := newServer(t, WithHosts("Store.test.", "192.0.2.7"))
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:9": 200, "localhost.": 200, "127.0.0.1": 200, "127.9.9.9:1": 200, "[::1]:80": 200, "[::ffff:127.0.0.1]": 200,
		"store.test": 200, "STORE.test:80": 200, "192.0.2.7:4242": 200,
		"evil.test": 421, "evil.test:80": 421, "localhost.evil.test": 421, "127.0.0.1.evil.test": 421, "evil.localhost": 421,
		"127.1": 421, "0x7f.1": 421, "0.0.0.0": 421, "[::]": 421, "8.8.8.8": 421, "[::ffff:8.8.8.8]": 421, "2130706433": 421,
	} {
		if got := ask(t, srv, host); got != want {
			t.Errorf("%s is answered %d, want %d", host, got, want)
		}
	}
	if log := srv.Requests(); log[len(log)-1].Status == 0 {
		t.Errorf("%+v", log[len(log)-1])
	}
}

// The address at which a request comes in is the server's own.
func TestOwnAddress(t *testing.T) {
	for local, want := range map[string]bool{"192.0.2.1:4242": true, "192.0.2.2:4242": false, "[::ffff:192.0.2.1]:1": true, "@": false} {
		addr := testAddr(local)
		if got := isAddress(addr, netip.MustParseAddr("192.0.2.1")); got != want {
			t.Errorf("%s: %t", local, got)
		}
	}
}

func TestHandlerHasNoHosts(t *testing.T) {
	r := newQuery("fetch('m')")
	r.Host = "evil.test"
	wantStatus(t, serve(NewUnstartedServer(), r), 200)
}

// bubble serves on a pipe and returns the client's end.
func bubble(t *testing.T) (srv *Server, conn net.Conn) {
	srv = NewUnstartedServer()
	listener := pipes{make(chan net.Conn), make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	conn, _ = listener.Dial(t.Context(), "", "")
	t.Cleanup(func() {
		conn.Close()
		srv.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // net/http lingers where it refuses a header
	})
	return srv, conn
}

// wantClosed checks that the server closes the connection after a time, with
// no more than an answer that says so.
func wantClosed(t *testing.T, conn net.Conn, after time.Duration) {
	t.Helper()
	began := time.Now()
	text, _ := io.ReadAll(conn)
	if took := time.Since(began); took > after+time.Second {
		t.Errorf("closed after %v, want %v: %q", took, after, text)
	}
}

func TestSlowClients(t *testing.T) {
	const head = "POST /api/put HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
	for name, tc := range map[string]struct {
		sent  string
		after time.Duration
	}{
		"nothing":       {"", idleTimeout},
		"half a header": {head, readHeaderTimeout},
		"half a body":   {head + "\r\n[", readTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, conn := bubble(t)
				go io.WriteString(conn, tc.sent)
				wantClosed(t, conn, tc.after)
			})
		})
	}
}

func TestLongHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, conn := bubble(t)
		go io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 1<<20))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Error(resp, err)
		}
	})
}

// Who does not read the answer is left.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, conn := bubble(t)
		began := time.Now()
		go io.WriteString(conn, "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n")
		one := make([]byte, 1)
		if _, err := conn.Read(one); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * writeTimeout)
		if _, err := io.ReadAll(conn); err != nil || time.Since(began) > 2*writeTimeout {
			t.Error(err, time.Since(began))
		}
	})
}

// A fault may hold a request for longer than any time-out.
func TestHeldForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, conn := bubble(t)
		srv.Inject(Slow(time.Hour))
		go io.WriteString(conn, "POST /api/put HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != 401 {
			t.Error(resp, err)
		}
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	hook := boundConnections()
	var conns []net.Conn
	for range maxConnections + 1 {
		a, b := net.Pipe()
		defer a.Close()
		conns = append(conns, b)
		hook(b, http.StateNew)
	}
	closed := func(c net.Conn) bool {
		c.SetDeadline(time.Unix(1, 0))
		_, err := c.Read(make([]byte, 1))
		return err == io.ErrClosedPipe
	}
	if closed(conns[maxConnections-1]) || !closed(conns[maxConnections]) {
		t.Error("the last one alone is to be closed")
	}
	hook(conns[0], http.StateClosed)
	hook(conns[maxConnections], http.StateClosed)
	hook(conns[1], http.StateNew)
	if closed(conns[1]) {
		t.Error("there is room again")
	}
}

type testAddr string

func (testAddr) Network() string  { return "tcp" }
func (a testAddr) String() string { return string(a) }
