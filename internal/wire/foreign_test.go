package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// What an error is can be asked for as before; what it says cannot be reached.
func TestForeignErrorsKeepTheirKind(t *testing.T) {
	own := &fs.PathError{Op: "private", Path: "private", Err: errors.New("private")}
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for _, tt := range []struct {
		err error
		is  []error
		as  []any // pointers to targets that are found
		not []any
	}{
		{fmt.Errorf("private: %w", context.DeadlineExceeded), []error{context.DeadlineExceeded}, []any{new(net.Error)}, nil},
		{fmt.Errorf("private: %w", io.ErrUnexpectedEOF), []error{io.ErrUnexpectedEOF}, nil, []any{new(net.Error)}},
		{fmt.Errorf("private: %w", own), []error{own}, nil, []any{new(*fs.PathError)}},
		{refused, []error{syscall.ECONNREFUSED}, []any{new(net.Error), new(*net.OpError), new(*os.SyscallError), new(syscall.Errno)}, []any{new(*net.DNSError)}},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "private", Name: "private", Server: "private", IsNotFound: true}}, nil, []any{new(*net.DNSError), new(*net.OpError)}, nil},
		{&net.OpError{Op: "private words", Net: "private words", Err: errors.New("private")}, nil, []any{new(*net.OpError)}, nil},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{Cert: &x509.Certificate{}}}, nil, []any{new(*tls.CertificateVerificationError), new(x509.UnknownAuthorityError)}, nil},
		{x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"private"}}, Host: "private"}, nil, []any{new(x509.HostnameError)}, nil},
		{x509.CertificateInvalidError{Reason: x509.Expired, Detail: "private"}, nil, []any{new(x509.CertificateInvalidError)}, nil},
		{tls.RecordHeaderError{Msg: "private"}, nil, []any{new(tls.RecordHeaderError)}, nil},
		{fmt.Errorf("private: %w", tls.AlertError(42)), nil, []any{new(tls.AlertError)}, nil},
	} {
		err := fmt.Errorf("store.test: %w", explain(tt.err, redactorOf("private")))
		for _, target := range tt.is {
			if !errors.Is(err, target) {
				t.Errorf("%T is not %v", tt.err, target)
			}
		}
		for _, target := range tt.as {
			if !errors.As(err, target) {
				t.Errorf("%T is not a %T", tt.err, target)
				continue
			}
			if text := fmt.Sprintf("%+v", target) + printed(elem(target)); strings.Contains(text, "private") {
				t.Errorf("%T shows %s", target, text)
			}
		}
		for _, target := range tt.not {
			if errors.As(err, target) {
				t.Errorf("%T is a %T", tt.err, target)
			}
		}
		if text := printed(err); strings.Contains(text, "private") {
			t.Errorf("%T shows %s", tt.err, text)
		}
	}
}

// elem returns the error that a target of errors.As points to.
func elem(target any) any {
	switch t := target.(type) {
	case *net.Error:
		return *t
	case **net.OpError:
		return *t
	case **net.DNSError:
		return *t
	case **os.SyscallError:
		return *t
	case **tls.CertificateVerificationError:
		return *t
	case *x509.UnknownAuthorityError:
		return *t
	case *x509.HostnameError:
		return *t
	case *x509.CertificateInvalidError:
		return *t
	case *tls.RecordHeaderError:
		return *t
	}
	return nil
}

// The kinds are found in what a real handshake and a real dial fail with.
func TestForeignErrorsOfTheNetwork(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	o := newClient(t, WithEndpoint(s.URL)).Put(t.Context(), nettest.Batch(1))
	var authority x509.UnknownAuthorityError
	if o.Verdict != Hold || !errors.As(o.Err, &authority) {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
	o = newClient(t, WithEndpoint("https://"+plainServer(t))).Put(t.Context(), nettest.Batch(1))
	if o.Verdict != Hold || !errors.Is(o.Err, http.ErrSchemeMismatch) {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
	closed := plainServer(t)
	o = newClient(t, WithEndpoint("http://"+closed[:strings.LastIndex(closed, ":")]+":1")).Put(t.Context(), nettest.Batch(1))
	var op *net.OpError
	if o.Verdict != Retry || !errors.Is(o.Err, syscall.ECONNREFUSED) || !errors.As(o.Err, &op) || op.Op != "dial" {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
}

func plainServer(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}
