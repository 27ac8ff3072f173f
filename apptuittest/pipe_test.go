package apptuittest

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener of in-memory connections, which a synctest bubble can
// wait for.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.accepted <- server
	return client, nil
}

func (p pipes) Close() error { close(p.closed); return nil }

func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func TestInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := NewUnstartedServer()
		srv.URL = "http://apptuit"
		listener := pipes{make(chan net.Conn), make(chan struct{})}
		server := &http.Server{Handler: srv}
		go server.Serve(listener)
		transport := &http.Transport{DialContext: listener.Dial, DisableKeepAlives: true}
		client := &http.Client{Transport: transport, Timeout: time.Hour}

		srv.Inject(Slow(30 * time.Minute).Times(1))
		began := time.Now()
		status, _, err := postWith(client, srv, onePoint)
		if err != nil || status != 200 || time.Since(began) != 30*time.Minute {
			t.Error("slow:", status, err, time.Since(began))
		}
		srv.Inject(Hang().Times(1))
		if _, _, err := postWith(client, srv, onePoint); err == nil || time.Since(began) != 90*time.Minute {
			t.Error("hang:", err, time.Since(began))
		}
		srv.Inject(Reset().Times(1))
		if _, _, err := postWith(client, srv, onePoint); err == nil {
			t.Error("reset: no error")
		}
		srv.Close()
		server.Close()
	})
}
