package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// classifyFailure judges an attempt without an answer, or with half of one.
func classifyFailure(err error) Outcome {
	for _, held := range []error{errBadToken, errBadAnswer, errBadRequest, errNotLoopback} {
		if errors.Is(err, held) {
			return Outcome{Verdict: Hold, Err: err}
		}
	}
	if isTLS(err) || isRefusalOfProxy(err) {
		return Outcome{Verdict: Hold, Err: err}
	}
	return Outcome{Verdict: Retry, Err: err}
}

// errTLSPort says that a server wants TLS where the endpoint is plain http.
var errTLSPort = errors.New("the server wants TLS")

// isTLS tells a failed handshake from a network that failed during one.
func isTLS(err error) bool {
	if isTimeout(err) {
		return false
	}
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &record) || errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, errTLSPort) {
		return true
	}
	root := rootOf(err).Error() // an alert of the other side has no type of its own
	return strings.HasPrefix(root, "tls: ") || strings.HasPrefix(root, "x509: ")
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// isTimeoutWithin tells whether an attempt ran out of its own time, and not out of
// that of ctx.
func isTimeoutWithin(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && isTimeout(err)
}

func rootOf(err error) error {
	for {
		if foreign, ok := err.(*foreignError); ok {
			err = foreign.raw()
		}
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// A timeoutError is the end of the time that one attempt may take. It is not
// context.DeadlineExceeded: the caller's context goes on.
type timeoutError struct {
	after   time.Duration
	missing string // what did not come
}

func (e *timeoutError) Error() string { return e.missing + " within " + e.after.String() }

func (e *timeoutError) Timeout() bool   { return true }
func (e *timeoutError) Temporary() bool { return true } // for net.Error

// explain makes the error of net/http short, free of secrets, and of use.
func explain(err error, r *redactor) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // it would repeat the method and the URL
	}
	if err == context.Canceled || err == context.DeadlineExceeded {
		return err
	}
	e := r.foreign(err)
	if hint := failureHint(err); hint != "" {
		e.text += ": " + hint
	}
	return e
}

func failureHint(err error) string {
	var dns *net.DNSError
	var record tls.RecordHeaderError
	switch {
	case isProxyDial(err):
		return "check the proxy of HTTPS_PROXY/HTTP_PROXY, and that it is up"
	case errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &record):
		return "set the endpoint to http:// if that is meant (WithEndpoint, APPTUIT_API_ENDPOINT)"
	case errors.Is(err, errTLSPort):
		return httpsHint
	case strings.Contains(err.Error(), "TLS handshake timeout"):
		return "check that the port is one of https (WithEndpoint, APPTUIT_API_ENDPOINT)"
	case isTLS(err):
		return "check the certificates (WithTLSConfig, APPTUIT_CERTIFICATE)"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "check the host of the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)"
	case isRefused(err):
		return "check the endpoint, and that the server is up (WithEndpoint, APPTUIT_API_ENDPOINT)"
	}
	return ""
}
