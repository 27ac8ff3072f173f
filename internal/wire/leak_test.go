package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"

	"github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// randomToken holds what quoting changes, as tokens in base64 do.
func randomToken() string { return `=/+"\<&` + rand.Text() + "==" }

// printed returns v in every form that could end in a log, and all that can be
// unwrapped from it.
func printed(v any) string {
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%T"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	funcr.New(func(prefix, args string) { out.WriteString(prefix + args + "\n") }, funcr.Options{}).Info("x", "v", v)
	if text, err := json.Marshal(v); err == nil {
		out.Write(text)
	}
	if text, err := xml.Marshal(v); err == nil {
		out.Write(text)
	}
	_ = gob.NewEncoder(&out).Encode(v) // what it cannot write it leaves out
	for _, inner := range unwrapped(v) {
		out.WriteString(printed(inner))
	}
	return out.String()
}

func unwrapped(v any) []error {
	var all []error
	switch e := v.(type) {
	case interface{ Unwrap() error }:
		all = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		all = e.Unwrap()
	}
	var found []error
	for _, err := range all {
		if err != nil {
			found = append(found, err)
		}
	}
	for _, find := range []func(error) error{find[net.Error], find[*net.OpError], find[*net.DNSError]} {
		if err, ok := v.(error); ok && len(all) > 0 {
			if inner := find(err); inner != nil {
				found = append(found, errors.New(inner.Error()))
			}
		}
	}
	return found
}

func find[E error](err error) error {
	var e E
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// wantHidden fails where v shows a secret in any notation, or a half of it.
func wantHidden(t *testing.T, v any, secrets ...string) {
	t.Helper()
	out := printed(v)
	all := letters(out, false)
	for _, s := range secrets {
		for _, form := range formsOf(s) {
			if strings.Contains(out, form) || len(letters(form, false)) >= minPiece && strings.Contains(all, letters(form, false)) {
				t.Fatalf("%T shows a secret as %s:\n%s", v, form, out)
			}
		}
	}
}

// formsOf returns a secret in each notation.
func formsOf(s string) []string {
	if known, ok := formsMade.Load(s); ok {
		return known.([]string)
	}
	var forms []string
	for _, write := range notations {
		forms = append(forms, write(s))
	}
	formsMade.Store(s, forms)
	return forms
}

var formsMade sync.Map

func TestLeakOfValues(t *testing.T) {
	token, key := randomToken(), rand.Text()
	opts := []Option{
		WithToken(token), WithUserID("ann"), WithHeaders(map[string]string{"X-Key": key}),
		WithTokenSource(func(context.Context) (string, error) { return token, nil }),
	}
	for _, opt := range opts {
		wantHidden(t, opt, token, key)
	}
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(401, "no")}}
	c := dial(t, w, opts[0], opts[1], opts[2])
	o := c.Put(t.Context(), nettest.Batch(2))
	x, xErr := NewXCollector("", WithEnv(nil))
	if xErr != nil {
		t.Fatal(xErr)
	}
	g, gErr := c.credential.grant(t.Context())
	if gErr != nil || g.token != token {
		t.Fatal(gErr)
	}
	redact := c.credential.redact
	for _, v := range []any{c, c.credential, redact, redact.fixed, redact.tokens.all(), c.http, opts, o, o.Err, x} {
		wantHidden(t, v, token, key)
	}
}

// A liar is a server that answers each request with the same bytes, which need
// not be HTTP.
type liar struct {
	net.Listener
	answer atomic.Pointer[string]
}

func newLiar(t *testing.T) *liar {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &liar{Listener: listener}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { l.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return l
}

func (l *liar) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	var request [64 << 10]byte
	n := 0
	for !bytes.Contains(request[:n], []byte("\r\n\r\n")) {
		got, err := conn.Read(request[n:])
		if n += got; err != nil {
			return
		}
	}
	_, _ = io.WriteString(conn, *l.answer.Load())
	_ = conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn)
}

// places are where an answer can repeat what it was sent.
var places = map[string]func(echo string) string{
	"reason":          func(s string) string { return "HTTP/1.1 401 " + s + "\r\n\r\n" },
	"no HTTP":         func(s string) string { return s },
	"no version":      func(s string) string { return "HTTP/" + s + " 200 OK\r\n\r\n" },
	"no status":       func(s string) string { return "HTTP/1.1 " + s + "\r\n\r\n" },
	"no header":       func(s string) string { return "HTTP/1.1 200 OK\r\n" + s + "\r\n\r\n" },
	"length":          func(s string) string { return head(400, "Content-Length: "+s) },
	"encoding":        func(s string) string { return head(200, "Content-Encoding: "+s) + "x" },
	"transfer":        func(s string) string { return head(200, "Transfer-Encoding: "+s) + "x" },
	"chunk":           func(s string) string { return head(400, "Transfer-Encoding: chunked") + s + "\r\n" },
	"trailer":         func(s string) string { return head(400, "Transfer-Encoding: chunked") + "0\r\n" + s + "\r\n\r\n" },
	"Retry-After":     func(s string) string { return head(429, "Retry-After: "+s) + s },
	"Location":        func(s string) string { return head(307, "Location: https://"+s+"/?"+s) },
	"Location's path": func(s string) string { return head(302, "Location: //x.test/"+s) },
	"text":            func(s string) string { return head(403, "X: y") + "you sent " + s },
	"text of a 200":   func(s string) string { return head(200, "X: y") + s },
	"text of a 500":   func(s string) string { return head(500, "X: y") + s },
	"page":            func(s string) string { return head(502, "X: y") + "<html><title>" + s + "</title>" + s },
	"behind a page":   func(s string) string { return head(502, "X: y") + "<p>" + strings.Repeat("x", 240) + s },
	"message":         func(s string) string { return head(400, "X: y") + `{"error":{"message":"` + s + `"}}` },
	"error":           func(s string) string { return head(400, "X: y") + `{"error":"` + s + `"}` },
	"other JSON":      func(s string) string { return head(422, "X: y") + `{"` + s + `":["` + s + `"]}` },
	"point":           func(s string) string { return head(400, "X: y") + detail(s, s) },
	"cut off":         func(s string) string { return head(400, "Content-Length: 10000") + `{"error":"` + s },
}

func head(status int, header string) string {
	return fmt.Sprintf("HTTP/1.1 %d x\r\n%s\r\nConnection: close\r\n\r\n", status, header)
}

func detail(metric, s string) string {
	point := fmt.Sprintf(`{"metric":"%s","value":"%s","timestamp":1,"tags":{"a":"%s","%s":"b"}}`, metric, s, s, s)
	return `{"success":1,"failed":1,"errors":[{"datapoint":` + point + `,"error":"` + s + `"}]}`
}

// Whatever a server answers, no secret is in what comes of it: neither the
// token, nor one that was replaced, nor the value of a header.
func TestLeakByEcho(t *testing.T) {
	base := tokens[2] // has what all quoting changes
	old, token, key := "Old7"+base, "New8"+base[2:], "K3y"+base[1:]
	latest := old
	l := newLiar(t)
	c := newClient(t, WithEndpoint("http://"+l.Addr().String()), withoutToken, WithUserID("ann"),
		WithTokenSource(func(context.Context) (string, error) { return latest, nil }), WithHeaders(map[string]string{"X-Key": key}))
	none := ""
	l.answer.Store(&none)
	c.Put(t.Context(), nettest.Batch(1))
	latest = token
	c.TokenRenewed(t.Context())
	known = &memory{max: maxKnownSecrets} // the client has to know its own
	secrets := []string{old, token, key}
	for notation, write := range notations {
		for place, say := range places {
			secret := secrets[0]
			secrets = append(secrets[1:], secret) // each in its turn, and each in another place the next time
			echo := say(write(secret))
			l.answer.Store(&echo)
			leakOf(t, c, notation+", "+place, secret)
		}
		secrets = append(secrets[1:], secrets[0])
	}
}

// withoutToken takes the token of newClient away.
func withoutToken(s *Settings) { s.Token = Setting[TokenSource]{} }

// leakOf makes the requests of a client and looks at all that comes of them.
func leakOf(t *testing.T, c *Client, what, secret string) {
	t.Helper()
	b := nettest.Batch(2)
	o := c.Put(t.Context(), b)
	asked := c.Do(t.Context(), &Request{Path: "/x", Read: func(body io.Reader) error {
		text, err := io.ReadAll(body)
		if err == nil {
			err = fmt.Errorf("it holds %s", text)
		}
		return err
	}})
	for _, v := range []any{o, o.Err, o.Rejected, asked, asked.Err} {
		shows := letters(fmt.Sprintf("%+v", v), false)
		if piece := letters(secret, false)[:minPiece]; strings.Contains(shows, piece) {
			t.Fatalf("%s: %+v", what, v)
		}
		if v != nil {
			wantHidden(t, v, secret)
		}
	}
}

func TestLeakByForeignErrors(t *testing.T) {
	token := "T" + rand.Text()
	own := errors.New("mine, with " + token)
	for _, err := range []error{
		own, fmt.Errorf("%s: %w", token, context.Canceled), fmt.Errorf("%s: %w", token, own), errors.Join(own, io.EOF),
		&net.OpError{Op: token, Net: token, Err: own}, &net.DNSError{Err: token, Name: token, Server: token, IsNotFound: true},
	} {
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Fails(err)}}, WithToken(token))
		o := c.Put(t.Context(), nettest.Batch(1))
		wantHidden(t, o, token)
		wantHidden(t, o.Err, token)
		if !errors.Is(o.Err, err) {
			t.Errorf("errors.Is does not find %T", err)
		}
		source := func(context.Context) (string, error) { return token, err }
		c = dial(t, nil, withoutToken, WithTokenSource(source))
		wantHidden(t, c.Put(t.Context(), nettest.Batch(1)).Err, token)
	}
}

// A secret in the wrong place is not in the error that says so.
func TestLeakOfNew(t *testing.T) {
	token := "T" + rand.Text()
	for _, name := range []string{
		env.Insecure, env.Timeout, env.Compression, env.Endpoint, env.MaxBatch, env.MaxBatchBytes,
	} {
		_, err := New(variables(map[string]string{name: token}), WithToken(testToken))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		wantHidden(t, err, token)
		if name == env.Endpoint {
			continue
		}
		_, err = NewXCollector("", variables(map[string]string{name: token}))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s of an XCollector: %v", name, err)
		}
		wantHidden(t, err, token)
	}
	for _, name := range []string{
		env.Store, env.Headers, env.MillisecondTimes, env.TokenFile, env.Certificate, env.ClientCertificate, env.ClientKey,
	} {
		_, err := New(variables(map[string]string{name: token + "%"}))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		wantHidden(t, err, token)
	}
	for name, opts := range map[string][]Option{
		"parameter":             {WithEndpoint("http://store.test"), WithQueryParameters(map[string]string{token: token})},
		"query of an endpoint":  {WithEndpoint("http://store.test?key=" + token)},
		"put path":              {WithPutPath(token)},
		"store":                 {WithStore(token)},
		"name of a header":      {WithHeaders(map[string]string{token + "=": "X-Key"})},
		"name and value":        {WithHeaders(map[string]string{token: "X-Key\n"})},
		"name twice":            {WithHeaders(map[string]string{token: "X-Key", strings.ToLower(token): "X-Key"})},
		"endpoint":              {WithEndpoint(token)},
		"host":                  {WithEndpoint("http://" + token)},
		"path of an endpoint":   {WithEndpoint("https://store.test/" + token + "/api/put")},
		"user":                  {WithUserID(token + ":")},
		"product":               {WithUserAgent(token + "\n")},
		"token with line feed":  {WithToken(token + "\n" + token)},
		"too long a host":       {WithEndpoint("https://" + token + strings.Repeat("x", 300))},
		"host with a direction": {WithEndpoint("https://" + token + "\u202e")},
	} {
		_, err := New(append([]Option{WithEnv(nil), WithToken(testToken)}, opts...)...)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		wantHidden(t, err, token)
	}
	for _, addr := range []string{token, token + ":80", token + ":x", "127.0.0.1:" + token} {
		_, err := NewXCollector(addr, WithEnv(nil))
		if err == nil {
			t.Errorf("%s: no error", addr)
		}
		wantHidden(t, err, token)
	}
}

// Clients may be printed while they work.
func TestPrintingIsSafe(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	x, err := NewXCollector("127.0.0.1:1", WithEnv(nil))
	if err != nil {
		t.Fatal(err)
	}
	var working sync.WaitGroup
	for range 2 {
		working.Go(func() {
			for range 20 {
				c.Put(t.Context(), nettest.Batch(1))
			}
		})
	}
	working.Go(func() { x.Put(t.Context(), nettest.Batch(1)) })
	for range 50 {
		for v, want := range map[any]string{c: c.String(), x: x.String()} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
				if got := fmt.Sprintf(verb, v); got != want {
					t.Errorf("%s: %s", verb, got)
				}
			}
			if out := printed(v); !strings.Contains(out, `"`+want+`"`) {
				t.Errorf("%s", out)
			}
		}
	}
	working.Wait()
}

func TestTextOfPages(t *testing.T) {
	for in, want := range map[string]string{
		"<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>": "502 Bad Gateway",
		" <p>Chunked <b>request</b> not supported</p>":                                    "Chunked request not supported",
		"a < b": "a < b",
	} {
		if got := text.Line(plainText(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// What a server or a program says is bounded wherever it ends.
func TestTextsAreBounded(t *testing.T) {
	giant := strings.Repeat("x\x1b", 1<<20)
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(400, detail("m", strings.Repeat("y", 1<<16)))}}
	o := dial(t, w).Put(t.Context(), nettest.Batch(2))
	for _, text := range []string{
		o.Text, o.Rejected[0].Reason, o.Rejected[0].Point.Value, o.Rejected[0].Point.Tags["a"],
		outside.show(giant), outside.field(giant), outside.foreign(errors.New(giant)).Error(),
	} {
		if n := len([]rune(text)); n > maxText || strings.Contains(text, "\x1b") {
			t.Errorf("%d characters: %.300q", n, text)
		}
	}
}
