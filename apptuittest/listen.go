package apptuittest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
)

// Start listens on a free port of 127.0.0.1 and sets URL. It panics when it
// cannot listen, or was started before.
func (s *Server) Start() { s.start((*httptest.Server).Start) }

// StartTLS is Start with https, under a certificate that only [Server.Client]
// trusts.
func (s *Server) StartTLS() { s.start((*httptest.Server).StartTLS) }

func (s *Server) start(listen func(*httptest.Server)) {
	if s.listener != nil {
		panic("apptuittest: the server is started already")
	}
	s.listener = httptest.NewUnstartedServer(nil)
	s.bound(s.listener.Config)
	listen(s.listener)
	s.URL = s.listener.URL
}

// Serve answers on a listener of the caller's, with the bounds of [Server.Start],
// until the server is closed; it closes the listener. The error is nil then.
func (s *Server) Serve(listener net.Listener) error {
	server := &http.Server{}
	s.bound(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-s.closed:
	}
	err := server.Close() // what is in progress is nobody's concern any more
	<-served              // http.ErrServerClosed
	return err
}

// bound makes a server one that can be left alone with strangers.
func (s *Server) bound(server *http.Server) {
	server.Handler = http.HandlerFunc(s.guard)
	server.ReadHeaderTimeout = readHeaderTimeout
	server.ReadTimeout = readTimeout
	server.IdleTimeout = idleTimeout
	server.MaxHeaderBytes = maxRequestHeader
	server.ConnState = boundConnections()
	// There is no WriteTimeout: it would count the time that a fault holds a
	// request. An exchange sets that time-out itself.
}

// boundConnections closes each new connection while there are too many.
func boundConnections() func(net.Conn, http.ConnState) {
	var open atomic.Int64
	return func(conn net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			if open.Add(1) > maxConnections {
				conn.Close()
			}
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
}
