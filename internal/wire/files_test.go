package wire

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/nettest"
)

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A token that is written anew is sent with the next attempt, and known to be another
// one after a refusal.
func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write(t, path, []byte("first-token\r\n"))
	var got string
	w := &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) {
		got = r.Header.Get("Authorization")
		return nettest.Status(401, "")(r)
	}}}
	client := func() *Client {
		c, err := New(variables(map[string]string{env.TokenFile: path}), WithHTTPClient(&http.Client{Transport: w}))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := client()
	if o := c.Put(t.Context(), nettest.Batch(1)); got != "Bearer first-token" || c.TokenRenewed(t.Context()) {
		t.Errorf("sent %q, %v", got, o.Err)
	}
	write(t, path, []byte("other-token"))
	if !c.TokenRenewed(t.Context()) {
		t.Error("the new token is not seen")
	}
	if c.Put(t.Context(), nettest.Batch(1)); got != "Bearer other-token" {
		t.Errorf("sent %q", got)
	}
	for text, want := range map[string]struct {
		verdict Verdict
		says    string
	}{
		"":              {Hold, "APPTUIT_API_TOKEN_FILE: the token is empty"},
		"a-secret\nx":   {Hold, "APPTUIT_API_TOKEN_FILE: the token holds a line feed"},
		"Bearer secret": {Hold, "APPTUIT_API_TOKEN_FILE: the token begins with the word Bearer"},
	} {
		write(t, path, []byte(text))
		o := c.Put(t.Context(), nettest.Batch(1))
		if o.Verdict != want.verdict || !strings.Contains(o.Err.Error(), want.says) || strings.Contains(o.Err.Error(), "secret") {
			t.Errorf("%q: %v, %v", text, o.Verdict, o.Err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Retry || !strings.Contains(o.Err.Error(), "APPTUIT_API_TOKEN_FILE: the file cannot be read: no such file") || strings.Contains(o.Err.Error(), path) {
		t.Errorf("%v, %v", o.Verdict, o.Err)
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	path := func(name, text string) string {
		write(t, filepath.Join(dir, name), []byte(text))
		return filepath.Join(dir, name)
	}
	certificate, key := keyPair(t)
	good, goodKey := path("good", string(certificate)), path("key", string(key))
	otherCertificate, _ := keyPair(t)
	for name, tt := range map[string]struct {
		vars map[string]string
		want string
	}{
		"no token file":        {map[string]string{env.TokenFile: dir + "/none"}, env.TokenFile + ": the file cannot be read: no such file"},
		"a directory":          {map[string]string{env.TokenFile: dir}, env.TokenFile + ": the file cannot be read: is a directory"},
		"two tokens":           {map[string]string{env.TokenFile: path("token", secret), env.Token: testToken}, env.TokenFile + ": APPTUIT_API_TOKEN is set too"},
		"a large file":         {map[string]string{env.TokenFile: path("large", string(bytes.Repeat([]byte("x"), maxFile+1)))}, env.TokenFile + ": the file is too large"},
		"no authority":         {map[string]string{env.Certificate: dir + "/none"}, env.Certificate + ": the file cannot be read: no such file"},
		"authority of no PEM":  {map[string]string{env.Certificate: path("text", secret)}, env.Certificate + ": the file holds no certificate in PEM"},
		"certificate alone":    {map[string]string{env.ClientCertificate: good}, env.ClientCertificate + ": set APPTUIT_CLIENT_KEY too"},
		"key alone":            {map[string]string{env.ClientKey: goodKey}, env.ClientKey + ": set APPTUIT_CLIENT_CERTIFICATE too"},
		"no key file":          {map[string]string{env.ClientCertificate: good, env.ClientKey: dir + "/none"}, env.ClientKey + ": the file cannot be read: no such file"},
		"another's key":        {map[string]string{env.ClientCertificate: path("other", string(otherCertificate)), env.ClientKey: goodKey}, env.ClientCertificate + ": it holds no certificate in PEM with the key of APPTUIT_CLIENT_KEY"},
		"key of no PEM at all": {map[string]string{env.ClientCertificate: good, env.ClientKey: path("text", secret)}, env.ClientCertificate + ": it holds no certificate in PEM with the key"},
	} {
		if tt.vars[env.TokenFile] == "" {
			tt.vars[env.Token] = testToken
		}
		_, err := New(variables(tt.vars))
		if err == nil || !strings.HasPrefix(err.Error(), "apptuit: "+tt.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What code says of TLS and of the token wins over files.
func TestCodeBeatsFiles(t *testing.T) {
	vars := variables(map[string]string{env.Certificate: "/none", env.ClientKey: "/none", env.TokenFile: "/none"})
	for _, opt := range []Option{WithTLSConfig(&tls.Config{}), WithHTTPClient(&http.Client{})} {
		if _, err := New(vars, opt, WithToken(testToken)); err != nil {
			t.Error(err)
		}
	}
}

// Certificates that are written anew are used with the next connection, and what
// cannot be read changes nothing and is told once.
func TestCertificatesAreReadAgain(t *testing.T) {
	var shown []*x509.Certificate
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { shown = r.TLS.PeerCertificates }))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	dir := t.TempDir()
	authority, certificate, key := filepath.Join(dir, "ca"), filepath.Join(dir, "certificate"), filepath.Join(dir, "key")
	renew := func() (first []byte) {
		public, private := keyPair(t)
		write(t, certificate, public)
		write(t, key, private)
		block, _ := pem.Decode(public)
		return block.Bytes
	}
	first := renew()
	write(t, authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	var heard []string
	c, err := New(WithEndpoint(s.URL), variables(map[string]string{
		env.Token: testToken, env.Certificate: authority, env.ClientCertificate: certificate, env.ClientKey: key,
	}), WithWarningHandler(func(err error) { heard = append(heard, err.Error()) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	put := func(want []byte) {
		t.Helper()
		o := c.Put(t.Context(), nettest.Batch(1))
		if o.Verdict != Delivered || len(shown) != 1 || !bytes.Equal(shown[0].Raw, want) {
			t.Errorf("%v, %d certificates shown", o.Err, len(shown))
		}
	}
	put(first)
	second := renew()
	put(second)

	write(t, key, []byte("no key"))
	put(second)
	put(second)
	if len(heard) != 1 || !strings.Contains(heard[0], env.ClientCertificate+": it holds no certificate") || !strings.HasSuffix(heard[0], ": the certificates before are used on") {
		t.Errorf("heard %q", heard)
	}
	third := renew()
	put(third)

	// Another authority is not trusted any more.
	other, _ := keyPair(t)
	write(t, authority, other)
	if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Hold || !strings.Contains(o.Err.Error(), "certificate") {
		t.Errorf("%v, %v", o.Verdict, o.Err)
	}
}

// keyPair makes a certificate that signs itself, and its key, in PEM.
func keyPair(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<40))
	template := &x509.Certificate{SerialNumber: serial, NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}
