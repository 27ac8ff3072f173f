package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/apptuitai/apptuit-go/internal/env"
)

// tlsFiles are the files of certificates that variables name; empty names are of
// none.
type tlsFiles struct{ authority, certificate, key string }

// A loadedTLS is what was in the files.
type loadedTLS struct {
	files  tlsFiles
	state  string
	config *tls.Config // nil where there are no files
}

// loadTLS reads the variables of certificates, and the files once, so that a mistake
// is known from the start.
func loadTLS(lookup env.Lookup) (loadedTLS, error) {
	var files tlsFiles
	files.authority, _ = lookup.Get(env.Certificate)
	files.certificate, _ = lookup.Get(env.ClientCertificate)
	files.key, _ = lookup.Get(env.ClientKey)
	if files == (tlsFiles{}) {
		return loadedTLS{}, nil
	}
	state := files.state()
	config, err := files.load()
	return loadedTLS{files, state, config}, err
}

// load reads the files. The error names the variable.
func (f tlsFiles) load() (*tls.Config, error) {
	config := &tls.Config{}
	var problems []error
	if f.authority != "" {
		pool, err := readAuthority(f.authority)
		problems, config.RootCAs = append(problems, of(env.Certificate, err)), pool
	}
	switch {
	case f.certificate == "" && f.key == "":
	case f.certificate == "":
		problems = append(problems, of(env.ClientKey, errors.New("set "+env.ClientCertificate+" too")))
	case f.key == "":
		problems = append(problems, of(env.ClientCertificate, errors.New("set "+env.ClientKey+" too")))
	default:
		own, err := readKeyPair(f.certificate, f.key)
		problems, config.Certificates = append(problems, err), []tls.Certificate{own}
	}
	return config, errors.Join(problems...)
}

// of says which variable an error is of.
func of(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

func readAuthority(path string) (*x509.CertPool, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("the file holds no certificate in PEM")
	}
	return pool, nil
}

func readKeyPair(certificate, key string) (tls.Certificate, error) {
	public, err := readFile(certificate)
	if err != nil {
		return tls.Certificate{}, of(env.ClientCertificate, err)
	}
	private, err := readFile(key)
	if err != nil {
		return tls.Certificate{}, of(env.ClientKey, err)
	}
	own, err := tls.X509KeyPair(public, private)
	if err != nil {
		return own, of(env.ClientCertificate, errors.New("it holds no certificate in PEM with the key of "+env.ClientKey))
	}
	return own, nil
}

// state tells the contents of the files from others without reading them.
func (f tlsFiles) state() (state string) {
	for _, path := range []string{f.authority, f.certificate, f.key} {
		if info, err := os.Stat(path); err == nil {
			state += fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size())
		}
		state += ";"
	}
	return state
}

// A renewingTransport connects with what is in the files now. Connections made with
// what was there before are closed once they are idle.
type renewingTransport struct {
	files  tlsFiles
	make   func(*tls.Config) *http.Transport
	warn   func(error)
	guard  guard
	latest atomic.Pointer[loadedTransport]
	failed atomic.Pointer[string] // the state that could not be loaded last
}

type loadedTransport struct {
	*http.Transport
	state string
}

// newRenewingTransport returns one that begins with what was loaded.
func newRenewingTransport(loaded loadedTLS, warn func(error), make func(*tls.Config) *http.Transport) *renewingTransport {
	r := &renewingTransport{files: loaded.files, make: make, warn: warn, guard: guard{who: "the file system of the certificates"}}
	r.latest.Store(&loadedTransport{make(loaded.config), loaded.state})
	return r
}

// RoundTrip makes a request.
func (r *renewingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t, err := guarded(req.Context(), &r.guard, func() (*loadedTransport, error) { return r.current(), nil }, nil)
	if err != nil {
		return nil, err
	}
	return t.RoundTrip(req)
}

// CloseIdleConnections closes the connections that no request uses.
func (r *renewingTransport) CloseIdleConnections() { r.latest.Load().CloseIdleConnections() }

// current returns the transport of the files as they are now. Files that cannot be
// loaded are told once, and those before go on.
func (r *renewingTransport) current() *loadedTransport {
	before, state := r.latest.Load(), r.files.state()
	if before.state == state {
		return before
	}
	config, err := r.files.load()
	if err != nil {
		r.tell(state, err)
		return before
	}
	now := &loadedTransport{r.make(config), state}
	if !r.latest.CompareAndSwap(before, now) {
		return r.latest.Load()
	}
	before.CloseIdleConnections()
	return now
}

func (r *renewingTransport) tell(state string, err error) {
	if last := r.failed.Swap(&state); r.warn != nil && (last == nil || *last != state) {
		r.warn(fmt.Errorf("apptuit: %w: the certificates before are used on", err))
	}
}

var _ interface {
	http.RoundTripper
	CloseIdleConnections()
} = (*renewingTransport)(nil)
