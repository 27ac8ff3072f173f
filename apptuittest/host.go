package apptuittest

import (
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
	if s.serves(r) {
		s.ServeHTTP(w, r)
		return
	}
	x := newExchange(s, w, r)
	x.refuse(refusef(http.StatusMisdirectedRequest,
		"the Host is not this machine: use localhost or the address of the server, or allow the name"))
}

// serves reports whether the Host of a request is localhost, a loopback
// address, the address at which it came in, or a name that WithHosts allows.
func (s *Server) serves(r *http.Request) bool {
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
