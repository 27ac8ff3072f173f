package wire

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// A rawServer answers each request with bytes of its own, on connections that it
// keeps.
type rawServer struct {
	net.Listener
	conns, requests atomic.Int32
}

// serveRaw calls answer with each request on a connection; the connection is kept
// until answer returns false, or the test ends.
func serveRaw(t *testing.T, answer func(conn net.Conn, n int) bool, opts ...Option) (*rawServer, *Client) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{Listener: l}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { cancel(); l.Close() })
	go s.accept(ctx, answer)
	return s, newClient(t, append([]Option{WithEndpoint("http://" + l.Addr().String())}, opts...)...)
}

func (s *rawServer) accept(ctx context.Context, answer func(net.Conn, int) bool) {
	for {
		conn, err := s.Accept()
		if err != nil {
			return
		}
		s.conns.Add(1)
		context.AfterFunc(ctx, func() { conn.Close() })
		go func() {
			defer conn.Close()
			for in := bufio.NewReader(conn); ; {
				req, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				if !answer(conn, int(s.requests.Add(1))) {
					return
				}
			}
		}()
	}
}

// says answers with a text, and keeps the connection.
func says(text string) func(net.Conn, int) bool {
	return func(conn net.Conn, _ int) bool {
		_, err := io.WriteString(conn, text)
		return err == nil
	}
}

// A server that wants another protocol keeps its connection: nothing of that is
// read, and the connection is closed.
func TestFault27NoFinalStatusHolds(t *testing.T) {
	gone := make(chan error, 8)
	_, c := serveRaw(t, func(conn net.Conn, _ int) bool {
		says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello")(conn, 0)
		_, err := conn.Read(make([]byte, 1)) // ends when the client closes
		gone <- err
		return false
	})
	began := time.Now()
	o := c.Put(t.Context(), nettest.Batch(2))
	if o.Verdict != Hold || o.Status != 101 || !strings.Contains(o.Err.Error(), "status 101 Switching Protocols: this is no answer to a request: check the endpoint") {
		t.Errorf("put: %+v", o)
	}
	q := newQuestion()
	if o := c.Do(t.Context(), q.Request); o.Verdict != Hold || o.Status != 101 || len(q.got) > 0 {
		t.Errorf("ask: %+v", o)
	}
	for range 2 {
		if err := <-gone; err != io.EOF {
			t.Errorf("the connection ended with %v", err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("after %v", took)
	}
}

// A RoundTripper may give such a status with a body that never ends.
func TestFault27BodyIsNeverRead(t *testing.T) {
	read := 0
	for _, code := range []int{100, 101, 102, 103, 199} {
		if o := put(t, 2, nettest.Body(code, func(*http.Request) io.ReadCloser { return nettest.Endless{Count: &read} })); o.Verdict != Hold || o.Status != code || read > 0 {
			t.Errorf("%d: %v, %d bytes read", code, o.Verdict, read)
		}
	}
}

// Answers that never end are no answers: net/http bounds the headers, and the
// time-out the rest.
func TestAnswersWithoutEnd(t *testing.T) {
	flood := func(text string) func(net.Conn, int) bool {
		return func(conn net.Conn, _ int) bool {
			for says(text)(conn, 0) {
			}
			return false
		}
	}
	const limit = 500 * time.Millisecond
	for name, tt := range map[string]struct {
		answer  func(net.Conn, int) bool
		verdict Verdict
		status  int
	}{
		"informational": {flood("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"), Retry, 0},
		"header": {func(conn net.Conn, _ int) bool {
			says("HTTP/1.1 200 OK\r\n")(conn, 0)
			return flood("X: "+strings.Repeat("x", 1000)+"\r\n")(conn, 0)
		}, Retry, 0},
		"one header": {func(conn net.Conn, _ int) bool {
			says("HTTP/1.1 200 OK\r\nX: ")(conn, 0)
			return flood("xxxxxxxxxxxxxxxx")(conn, 0)
		}, Retry, 0},
		"status line": {flood("HTTP/1.1 200 "), Retry, 0},
		"body": {func(conn net.Conn, _ int) bool {
			says("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n")(conn, 0)
			return flood("1\r\nx\r\n")(conn, 0)
		}, Retry, 503},
		"trailer": {func(conn net.Conn, _ int) bool {
			says("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")(conn, 0)
			return flood("X: x\r\n")(conn, 0)
		}, Retry, 503},
		"silence":      {says("HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\nbusy"), Retry, 503},
		"half a line":  {says("HTTP/1.1 20"), Retry, 0},
		"silent 2xx":   {says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), Delivered, 200},
		"slow headers": {says("HTTP/1.1 200 OK\r\nX: y\r\n"), Retry, 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := serveRaw(t, tt.answer, WithTimeout(limit))
			began := time.Now()
			o := c.Put(t.Context(), nettest.Batch(2))
			if took := time.Since(began); o.Verdict != tt.verdict || o.Status != tt.status || took > 4*limit {
				t.Errorf("%+v after %v", o, took)
			}
		})
	}
}

// What comes beyond an answer, or less of it than was said, is never taken for
// the answer to another request.
func TestLengthThatLies(t *testing.T) {
	for name, first := range map[string]string{
		"more":      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok HTTP/1.1 204 No Content\r\n\r\n",
		"less":      "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
		"none":      "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
		"differs":   "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
		"no number": "HTTP/1.1 503 Busy\r\nContent-Length: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s, c := serveRaw(t, func(conn net.Conn, n int) bool {
				if n == 1 {
					return says(first)(conn, 0)
				}
				return says("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\n"+fmt.Sprintf("n%3d", n))(conn, 0)
			})
			c.Put(t.Context(), nettest.Batch(2))
			for try := 0; ; try++ { // a connection may be found closed only when it is used
				o := c.Put(t.Context(), nettest.Batch(2))
				if o.Status == 503 && strings.HasPrefix(o.Text, "n ") {
					break
				}
				if try == 2 || o.Status != 0 {
					t.Fatalf("request %d: %+v", s.requests.Load(), o)
				}
			}
		})
	}
}

// The connection of an answer that was read is used again.
func TestConnectionIsKept(t *testing.T) {
	s, c := serveRaw(t, says("HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n"+`{"success":2,"failed":0,"errors":[]}`))
	for range 5 {
		if o := c.Put(t.Context(), nettest.Batch(2)); o.Verdict != Delivered {
			t.Fatalf("%+v", o)
		}
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestFault28WebPageHolds(t *testing.T) {
	const want = "answered with a web page: check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT), a proxy or a sign-in page may be in between"
	for _, media := range []string{"text/html", "text/html; charset=utf-8", "Text/HTML;bad", "application/xhtml+xml"} {
		o := put(t, 2, nettest.Status(200, "<html><title>Sign in</title></html>", "Content-Type", media))
		if o.Verdict != Hold || o.Text != "Sign in" || !strings.Contains(o.Err.Error(), want) {
			t.Errorf("%s: %+v", media, o)
		}
		q := newQuestion()
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, "<html>", "Content-Type", media)}}
		if o := dial(t, w).Do(t.Context(), q.Request); o.Verdict != Hold || len(w.Bodies) != 1 || len(q.got) > 0 {
			t.Errorf("asked, %s: %+v", media, o)
		}
	}
	for _, page := range []string{"<html><title>Sign in</title></html>", "\r\n<!DOCTYPE html><title>Sign in</title>", "<HTML><title>Sign in</title>"} {
		for _, media := range []string{"", "text/plain", "application/json"} {
			o := put(t, 2, nettest.Status(200, page, "Content-Type", media))
			if o.Verdict != Hold || o.Text != "Sign in" || !strings.Contains(o.Err.Error(), want) {
				t.Errorf("%q as %q: %+v", page, media, o)
			}
		}
	}
	for _, r := range []nettest.Reply{
		nettest.Status(204, "", "Content-Type", "text/html"), nettest.Status(200, ""), nettest.Status(200, "x", "Content-Type", "text/plain"),
		nettest.Status(200, "{}", "Content-Type", "application/json; x=text/html"),
	} {
		if o := put(t, 2, r); o.Verdict != Delivered || o.Err != nil {
			t.Errorf("%+v", o)
		}
	}
}
