package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/apptuitai/apptuit-go/internal/text"
)

// proxyHint says what to do about a proxy that wants to know who asks.
const proxyHint = "check the user and password of HTTPS_PROXY/HTTP_PROXY"

// A proxyError is the answer of a proxy that does not let a request pass.
type proxyError struct {
	host   string // of the proxy, without its password; empty where nobody knows it
	status int
}

func (e *proxyError) Error() string {
	host := e.host
	if host != "" {
		host = " " + host
	}
	status := "(" + statusText(e.status) + ")"
	switch {
	case !e.refuses():
		return "the proxy" + host + " does not get through to the store " + status
	case e.status == http.StatusProxyAuthRequired:
		return "the proxy" + host + " refuses " + status + ": " + proxyHint
	}
	return "the proxy" + host + " refuses " + status + ": have it let the endpoint pass, or go without it (NO_PROXY)"
}

// refuses tells whether a person has to change something.
func (e *proxyError) refuses() bool {
	switch e.status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return e.status < 500
}

// statusText returns a status and its name.
func statusText(status int) string {
	name := http.StatusText(status)
	return strings.TrimSpace("status " + strconv.Itoa(status) + " " + name)
}

// checkConnect judges the answer of a proxy to CONNECT.
func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{host: text.Line(proxy.Host), status: resp.StatusCode}
}

// isRefusalOfProxy tells whether a proxy wants a person to change something.
func isRefusalOfProxy(err error) bool {
	var e *proxyError
	return errors.As(err, &e) && e.refuses()
}

// saysProxyRefuses knows the one answer to CONNECT that net/http passes on such
// that it cannot be another's. It is for transports that were not made here.
func saysProxyRefuses(err error) bool {
	return rootOf(err).Error() == http.StatusText(http.StatusProxyAuthRequired)
}

// proxyOf names the proxy by which a client sends a request without TLS, empty for
// none: such a proxy may have answered for the store.
func proxyOf(client *http.Client, req *http.Request) string {
	t, ok := client.Transport.(*http.Transport)
	if !ok || t.Proxy == nil || req.URL.Scheme != "http" {
		return ""
	}
	proxy, err := t.Proxy(req)
	if err != nil || proxy == nil {
		return ""
	}
	return text.Line(proxy.Host)
}

// isProxyDial tells whether it was the proxy that could not be reached.
func isProxyDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "proxyconnect"
}
