package apptuittest

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// guard is the handler of servers with a listener. It answers only requests
// for a host that is this machine. A page in a browser, whose own name was
// made to lead here, sends that name.
func (s *Server) guard(w http.ResponseWriter, r *http.Request) {
	if s.Serves(r) {
		s.answer(w, r)
		return
	}
	x := newExchange(s, w, r)
	x.refuse(refusef(http.StatusMisdirectedRequest,
		"the Host is not this machine: use localhost or the address of the server, or allow the name"))
}

// answer lets what stands in front answer. Its requests end where the server is
// closed, however long they are.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	if s.front == nil {
		s.ServeHTTP(w, r)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	s.front.ServeHTTP(w, r.WithContext(ctx))
}

// SetFront puts a handler in front of a server that is not started yet. It gets
// each request to the listener whose Host is allowed, calls the server's
// ServeHTTP for what is not its own, and has a context that ends with the
// server.
func (s *Server) SetFront(h http.Handler) { s.front = h }

// Serves reports whether the Host of a request is localhost, a loopback
// address, the address at which it came in, or a name that WithHosts allows. A
// server with a listener asks it itself.
func (s *Server) Serves(r *http.Request) bool {
	host := hostName(r.Host)
	if host == "localhost" || slices.Contains(s.cfg.hosts, host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ip.Unmap().IsLoopback() || local != nil && isAddress(local, ip)
}

func isAddress(local net.Addr, ip netip.Addr) bool {
	at, err := netip.ParseAddrPort(local.String())
	return err == nil && at.Addr().Unmap().WithZone("") == ip.Unmap().WithZone("")
}

// hostName returns a host in lower case without its port, the brackets of an
// address and a last dot.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
