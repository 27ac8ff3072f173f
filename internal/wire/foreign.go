package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"reflect"
	"strings"

	"github.com/apptuitai/apptuit-go/internal/text"
)

// A foreignError stands for an error from outside, whose text may hold anything.
// It has a text that may be shown, and nothing can be unwrapped from it.
// errors.Is finds all that the error is. errors.As finds the errors of context,
// net, os, syscall, tls and x509, as copies without foreign text.
type foreignError struct {
	text string
	raw  func() error // a func, which no format prints
}

func (e *foreignError) Error() string { return e.text }

// Is tells whether the error from outside is target.
func (e *foreignError) Is(target error) bool { return errors.Is(e.raw(), target) }

// foreign returns an error that says what may be shown of err.
func (r *redactor) foreign(err error) *foreignError {
	var call *callError
	if errors.As(err, &call) { // it begins with words of our own
		return newForeign(call.what+text.Line(r.mask(call.panicked)), err)
	}
	return newForeign(text.Line(r.mask(err.Error())), err)
}

// Foreign returns an error that says what may be shown of one from outside.
func Foreign(err error) error { return outside.foreign(err) }

func newForeign(text string, err error) *foreignError {
	return &foreignError{text: text, raw: func() error { return err }}
}

// As finds what a target wants to have, if it can be had without foreign text.
func (e *foreignError) As(target any) bool {
	err := e.raw()
	switch t := target.(type) {
	case *net.Error:
		return copyAs(err, t, func(n net.Error) net.Error { return &netError{e.text, n.Timeout(), isTemporary(n)} })
	case **net.OpError:
		return copyAs(err, t, cleanOp)
	case **net.DNSError:
		return copyAs(err, t, cleanDNS)
	case **os.SyscallError:
		return copyAs(err, t, func(s *os.SyscallError) *os.SyscallError {
			return &os.SyscallError{Syscall: word(s.Syscall), Err: cleanCause(s.Err)}
		})
	}
	return asNumber(err, target) || asTLS(err, target) || asOurs(err, target)
}

// asTLS is As for what is wrong with a handshake.
func asTLS(err error, target any) bool {
	switch t := target.(type) {
	case *tls.AlertError:
		return errors.As(err, t)
	case *tls.RecordHeaderError:
		return copyAs(err, t, func(tls.RecordHeaderError) tls.RecordHeaderError {
			return tls.RecordHeaderError{Msg: "the answer is no TLS"}
		})
	case **tls.CertificateVerificationError:
		return copyAs(err, t, func(c *tls.CertificateVerificationError) *tls.CertificateVerificationError {
			return &tls.CertificateVerificationError{Err: cleanCertificate(c.Err)}
		})
	case *x509.UnknownAuthorityError:
		return copyAs(err, t, func(x509.UnknownAuthorityError) (none x509.UnknownAuthorityError) { return none })
	case *x509.HostnameError:
		return copyAs(err, t, func(x509.HostnameError) x509.HostnameError {
			return x509.HostnameError{Certificate: &x509.Certificate{}, Host: "this host"}
		})
	case *x509.CertificateInvalidError:
		return copyAs(err, t, func(c x509.CertificateInvalidError) x509.CertificateInvalidError {
			return x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: c.Reason}
		})
	case *x509.SystemRootsError:
		return copyAs(err, t, func(x509.SystemRootsError) (none x509.SystemRootsError) { return none })
	}
	return false
}

// asOurs is As for the errors that this package has for itself: none of them
// holds foreign text.
func asOurs(err error, target any) bool {
	t := reflect.TypeOf(target).Elem()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	private := t.Name() != "" && t.Name()[0] >= 'a'
	if !private || t.Kind() == reflect.Interface || t.PkgPath() != reflect.TypeFor[foreignError]().PkgPath() {
		return false
	}
	return errors.As(err, target)
}

// copyAs is errors.As, but for a copy.
func copyAs[E error](err error, target *E, clean func(E) E) bool {
	var found E
	if !errors.As(err, &found) {
		return false
	}
	*target = clean(found)
	return true
}

// A netError is a net.Error with a text that may be shown.
type netError struct {
	text               string
	timeout, temporary bool
}

func (e *netError) Error() string   { return e.text }
func (e *netError) Timeout() bool   { return e.timeout }
func (e *netError) Temporary() bool { return e.temporary }

func isTemporary(err error) bool {
	t, ok := err.(interface{ Temporary() bool })
	return ok && t.Temporary()
}

func cleanOp(e *net.OpError) *net.OpError {
	clean := &net.OpError{Op: word(e.Op), Net: word(e.Net), Err: cleanCause(e.Err)}
	if a, ok := e.Addr.(*net.TCPAddr); ok && a != nil {
		clean.Addr = &net.TCPAddr{IP: append(net.IP(nil), a.IP...), Port: a.Port}
	}
	return clean
}

func cleanDNS(e *net.DNSError) *net.DNSError {
	clean := &net.DNSError{Err: "the lookup failed", IsTimeout: e.IsTimeout, IsTemporary: e.IsTemporary, IsNotFound: e.IsNotFound}
	if e.IsNotFound {
		clean.Err = "no such host"
	}
	return clean
}

func cleanCertificate(err error) error {
	for _, target := range []any{
		new(x509.UnknownAuthorityError), new(x509.HostnameError), new(x509.CertificateInvalidError), new(x509.SystemRootsError),
	} {
		if asTLS(err, target) {
			return reflect.ValueOf(target).Elem().Interface().(error)
		}
	}
	return errNotShown
}

var errNotShown = errors.New("the cause is not shown")

// sentinels are causes without a text of others.
var sentinels = []error{
	io.ErrUnexpectedEOF, io.EOF, net.ErrClosed, os.ErrDeadlineExceeded, context.Canceled, context.DeadlineExceeded,
}

// cleanCause returns what is known of a cause.
func cleanCause(err error) error {
	if number := numberOf(err); number != nil {
		return number
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return cleanDNS(dns)
	}
	for _, s := range sentinels {
		if errors.Is(err, s) {
			return s
		}
	}
	return errNotShown
}

// word returns a text that is a short word, such as dial or tcp4.
func word(s string) string {
	if len(s) > 16 || strings.ContainsFunc(s, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		return ""
	}
	return s
}
